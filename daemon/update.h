// Replacing what a container runs, or the terms that it runs under (permissions, limits, restart policy), so that a bad change does no lasting
// harm. An update puts the new image and terms into the container's record and the old ones beside them, in one write: whatever
// happens, the record says what should run. The new ones are on probation while it runs for a given time. If it ends in failure before
// that, or cannot even be loaded, the old ones come back by itself. Later, and until the next update, they come back on request.
#pragma once

#include "daemon/image_store.h"
#include "daemon/record.h"

namespace umber::daemon {

/// What an image wishes for: entry, args, env, permissions. An object, perhaps empty.
[[nodiscard]] Json wishes_of(const ImageInfo& image);
/// Makes the record of a container one of that image; its entry, arguments and environment are the image's where `given` has none.
void set_image(Json& record, const ImageInfo& image, const Json& given);
/// The record after an update: on probation for `probation_ms` of running. `image`: null keeps what it runs; `changes`: see change_terms.
[[nodiscard]] Json updated(const Json& record, const ImageInfo* image, const Json& changes, uint64_t probation_ms);
/// The record as it was before the update. Failure 409 when there was none.
[[nodiscard]] Json taken_back(const Json& record, const std::string& why);
[[nodiscard]] bool is_on_probation(const Json& record);
void set_proven(Json& record);
/// Adds the digests of all blobs that the record needs, also to go back.
void collect_needed(const Json& record, std::vector<std::string>& out);

}  // namespace umber::daemon
