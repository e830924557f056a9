#include "server/web/router.h"

#include "gtest/gtest.h"

namespace evertoken {
namespace {

WebHandler Nothing() {
  return [](WebRequest, WebResponder) {};
}

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    router_.Add("GET", "/", Nothing());
    router_.Add("GET", "/callback/{provider}", Nothing(), HeadPolicy::kRefused);
    router_.Add("POST", "/callback/{provider}", Nothing());
  }

  int StatusOf(absl::string_view method, absl::string_view path) const {
    return router_.Find(method, path).status;
  }

  Router router_;
};

TEST_F(RouterTest, FindsByMethodAndPath) {
  const Router::Match root = router_.Find("GET", "/");
  ASSERT_NE(root.route, nullptr);
  EXPECT_EQ(root.route->pattern, "/");
  const Router::Match callback = router_.Find("POST", "/callback/my-id-2");
  ASSERT_NE(callback.route, nullptr);
  EXPECT_EQ(callback.route->method, "POST");
  EXPECT_EQ(callback.parameter, "my-id-2");
}

TEST_F(RouterTest, ParametersAreCatalogueIds) {
  for (const char* path :
       {"/callback/", "/callback", "/callback/a/b", "/callback/A", "/callback/a%2Fb",
        "/callback/..", "/callback/a.b", "/callback/a?b", "//", "", "*"}) {
    EXPECT_EQ(StatusOf("GET", path), 404) << path;
  }
  EXPECT_NE(router_.Find("GET", "/callback/" + std::string(64, 'a')).route, nullptr);
  EXPECT_EQ(StatusOf("GET", "/callback/" + std::string(65, 'a')), 404);
}

TEST_F(RouterTest, TellsTheAllowedMethods) {
  const Router::Match root = router_.Find("DELETE", "/");
  EXPECT_EQ(root.status, 405);
  EXPECT_EQ(root.allow, "GET, HEAD");
  EXPECT_EQ(router_.Find("PUT", "/callback/a").allow, "GET, POST");
}

TEST_F(RouterTest, HeadIsGetWhereItIsHarmless) {
  EXPECT_NE(router_.Find("HEAD", "/").route, nullptr);
  EXPECT_EQ(StatusOf("HEAD", "/callback/a"), 405);
}

}  // namespace
}  // namespace evertoken
