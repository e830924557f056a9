#ifndef EVERTOKEN_SERVER_PROVIDER_REPLY_HOSTS_H_
#define EVERTOKEN_SERVER_PROVIDER_REPLY_HOSTS_H_

#include "absl/strings/string_view.h"
#include "evertoken/config/v1/provider_catalog.pb.h"

// URLs that a provider's reply names: they could lead anywhere, into our own network too.
namespace evertoken {

// Whether `pattern` may stand in an entry's `reply_hosts`: a name in lower case of two labels at least, no address, with a dot in front
// for all names below it.
bool IsReplyHostPattern(absl::string_view pattern);

// Whether a value that a reply brought stands at the front of `url`, a URL of a catalogue entry before it is expanded.
bool BeginsWithKeptValue(absl::string_view url);

// Whether `url` is https at the usual port of one of the entry's `reply_hosts`, spelled without anything that two readers could
// understand in two ways: user info, port, backslashes, fragments.
bool IsAtReplyHost(const config::v1::Provider& entry, absl::string_view url);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_REPLY_HOSTS_H_
