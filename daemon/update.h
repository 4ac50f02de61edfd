// Replacing what a container runs, so that a bad image does no lasting harm. An update puts the new image into the container's record and what
// it ran before beside it, in one write: whatever happens, the record says what should run. The new image is on probation while it
// runs for a given time. If it ends in failure before that, or cannot even be loaded, the old one comes back by itself. Later, and
// until the next update, it comes back on request.
#pragma once

#include "daemon/image_store.h"
#include "daemon/record.h"

namespace umber::daemon {

/// What an image wishes for: entry, args, env, permissions. An object, perhaps empty.
[[nodiscard]] Json wishes_of(const ImageInfo& image);
/// Makes the record of a container one of that image; its entry, arguments and environment are the image's where `given` has none.
void set_image(Json& record, const ImageInfo& image, const Json& given);
/// The record after an update: on probation for `probation_ms` of running.
[[nodiscard]] Json updated(const Json& record, const ImageInfo& image, uint64_t probation_ms);
/// The record as it was before the update. Failure 409 when there was none.
[[nodiscard]] Json taken_back(const Json& record, const std::string& why);
[[nodiscard]] bool is_on_probation(const Json& record);
void set_proven(Json& record);
/// Adds the digests of all blobs that the record needs, also to go back.
void collect_needed(const Json& record, std::vector<std::string>& out);

}  // namespace umber::daemon
