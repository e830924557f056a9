#include "server/web/callback_handler.h"

#include <memory>
#include <optional>
#include <utility>

#include "gmock/gmock.h"

namespace evertoken {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

// Handlers that ask no broker answer before they return.
WebResponse Answer(const WebHandler& handler, WebRequest request) {
  std::optional<WebResponse> answer;
  handler(std::move(request), [&answer](WebResponse response) { answer = std::move(response); });
  EXPECT_TRUE(answer.has_value());
  return answer.value_or(WebResponse());
}

WebRequest Callback() {
  WebRequest request;
  request.method = "GET";
  request.parameter = "idp";
  request.query = "state=s&code=c";
  return request;
}

TEST(CallbackHandlerTest, ShedsLoadBeforeTheStateIsSpent) {
  auto settings = std::make_shared<LoginSettings>();
  settings->work = std::make_shared<WorkLimit>(0);
  const WebResponse response = Answer(MakeCallbackHandler(settings), Callback());
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.headers, Contains(Pair("Retry-After", "1")));
  EXPECT_THAT(response.body, HasSubstr("Try again"));
}

}  // namespace
}  // namespace evertoken
