#ifndef EVERTOKEN_SERVER_WEB_SECURITY_HEADERS_H_
#define EVERTOKEN_SERVER_WEB_SECURITY_HEADERS_H_

#include <string>
#include <utility>
#include <vector>

#include "server/web/web_message.h"

namespace evertoken {

// What goes out with every reply: a content security policy that permits our own style sheet and nothing else, no framing, no
// sniffing, no referrer, no caching (unless the reply set Cache-Control), and HSTS when the public address is https.
std::vector<std::pair<std::string, std::string>> SecurityHeaders(const WebResponse& response,
                                                                 bool https);

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_WEB_SECURITY_HEADERS_H_
