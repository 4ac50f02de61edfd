// The C face: one container from image to removal, and how errors arrive.
#include "container/umber_container.h"

#include "ports/containers/umber_linux.h"
#include "tests/container/fixture.h"

namespace umber::container {
namespace {

using CApi = ContainerTest;

TEST_F(CApi, OneContainersLife) {
  umber_containers_t* containers = to_c(*runtime);
  const std::vector<uint8_t> bytes = assemble(R"((module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1) (data (i32.const 64) "hi")
      (func (export "main") (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 2))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32))))))");
  umber_handle_t image_handle = 0, handle = 0;
  char message[100];
  ASSERT_EQ(umber_image_add(containers, bytes.data(), bytes.size(), &image_handle, message, sizeof message), UMBER_OK);
  EXPECT_EQ(umber_image_add(containers, bytes.data(), 6, &handle, message, sizeof message), UMBER_BAD_MODULE);
  EXPECT_NE(std::string(message), "");
  Output output;
  const char* grants[] = {"timrs"};
  umber_container_config_t config = {};
  config.name = "c";
  config.entry = "main";
  config.grants = grants;
  config.grant_count = 1;
  config.output = &Output::take;
  config.output_state = &output;
  EXPECT_EQ(umber_container_create(containers, image_handle, &config, &handle, message, sizeof message), UMBER_WRONG_STATE);
  EXPECT_STREQ(message, "unknown permission \"timrs\"; did you mean \"timers\"?");
  grants[0] = "timers";
  ASSERT_EQ(umber_container_create(containers, image_handle, &config, &handle, message, sizeof message), UMBER_OK);
  ASSERT_EQ(umber_container_start(containers, handle), UMBER_OK);
  ASSERT_EQ(umber_container_wait(containers, handle, umber_containers_now(containers) + 10 * kSecond), UMBER_OK);
  umber_container_status_t status;
  ASSERT_EQ(umber_container_status(containers, handle, &status), UMBER_OK);
  EXPECT_EQ(status.state, UMBER_EXITED);
  EXPECT_EQ(status.exit_kind, UMBER_EXIT_EXITED);
  EXPECT_EQ(output.get(), "hi");
  EXPECT_EQ(umber_image_remove(containers, image_handle), UMBER_WRONG_STATE);
  EXPECT_EQ(umber_container_remove(containers, handle, 0), UMBER_OK);
  EXPECT_EQ(umber_container_kill(containers, handle), UMBER_NOT_FOUND);
  EXPECT_EQ(umber_image_remove(containers, image_handle), UMBER_OK);
}

TEST(CApiOnLinux, OpensAndClosesWithContainersRunning) {
  umber_linux_close(nullptr);
  EXPECT_EQ(umber_linux_open(std::string(5000, 'x').c_str()), nullptr);
  umber_containers_t* containers = umber_linux_open("/tmp");
  ASSERT_NE(containers, nullptr);
  auto spinning = text::assemble(R"((module (func (export "_start") (loop $l (br $l)))))");
  ASSERT_TRUE(spinning.ok());
  umber_handle_t image = 0, handle = 0;
  ASSERT_EQ(umber_image_add(containers, spinning.value().data(), spinning.value().size(), &image, nullptr, 0), UMBER_OK);
  umber_container_config_t config = {};
  config.name = "spin";
  ASSERT_EQ(umber_container_create(containers, image, &config, &handle, nullptr, 0), UMBER_OK);
  EXPECT_EQ(umber_container_start(containers, handle), UMBER_OK);
  EXPECT_EQ(umber_container_wait(containers, handle, umber_containers_now(containers) + 1'000'000), UMBER_TIMEOUT);
  umber_linux_close(containers);
}

}  // namespace
}  // namespace umber::container
