// ocre_sensors_*, with sensor:temperature alone; the board has two, the other is as good as not there. The test sets it to 36.6.
#include "abi.h"

int main(void) {
  EXPECT(ocre_sensors_init(), SUCCESS);
  EXPECT(ocre_sensors_discover(), 1);
  EXPECT(ocre_sensors_open(0), SUCCESS);
  EXPECT(ocre_sensors_open(1), INVALID);
  EXPECT(ocre_sensors_open(-1), INVALID);
  EXPECT(ocre_sensors_get_handle(0), 0);
  EXPECT(ocre_sensors_get_handle(1), INVALID);
  EXPECT(ocre_sensors_get_handle(-1), INVALID);
  EXPECT(ocre_sensors_get_channel_count(0), 1);
  EXPECT(ocre_sensors_get_channel_count(INT32_MAX), INVALID);
  const int type = ocre_sensors_get_channel_type(0, 0);
  EXPECT(type, 7);
  EXPECT(ocre_sensors_get_channel_type(0, 1), INVALID);
  EXPECT(ocre_sensors_get_channel_type(0, -1), INVALID);
  EXPECT(ocre_sensors_read(0, type), 36.6);
  EXPECT(ocre_sensors_read(0, type + 1), NOT_FOUND);
  EXPECT(ocre_sensors_read(1, type), INVALID);

  EXPECT(ocre_sensors_get_handle_by_name("temperature"), 0);
  EXPECT(ocre_sensors_open_by_name("temperature"), SUCCESS);
  EXPECT(ocre_sensors_get_channel_count_by_name("temperature"), 1);
  EXPECT(ocre_sensors_get_channel_type_by_name("temperature", 0), 7);
  EXPECT(ocre_sensors_get_channel_type_by_name("temperature", 1), INVALID);
  EXPECT(ocre_sensors_read_by_name("temperature", 7), 36.6);
  EXPECT(ocre_sensors_open_by_name("RNG Sensor"), NOT_FOUND);  // there, but not granted
  EXPECT(ocre_sensors_get_handle_by_name("temp"), NOT_FOUND);
  EXPECT(ocre_sensors_get_channel_count_by_name(""), INVALID);
  EXPECT(ocre_sensors_get_channel_type_by_name(NULL, 0), INVALID);
  EXPECT(ocre_sensors_read_by_name((const char *)0xfffffffe, 7), INVALID);
  return finish();
}
