#include "server/web/html.h"

#include <string>

#include "gtest/gtest.h"

namespace evertoken {
namespace {

TEST(HtmlTest, EscapesText) {
  const std::string text = "<script>\"x\" & 'y' `z`</script>";
  EXPECT_EQ(Html::Fill("<p title=\"{}\">{}</p>", {text, "a{}b"}).markup(),
            "<p title=\"&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39; "
            "&#96;z&#96;&lt;/script&gt;\">a{}b</p>");
}

TEST(HtmlTest, KeepsHtmlAsItIs) {
  const Html inner = Html::Fill("<b>{}</b>", {"<"});
  Html outer = Html::Fill("<p>{}</p>", {inner});
  outer += Html::Fill("<hr>");
  EXPECT_EQ(outer.markup(), "<p><b>&lt;</b></p><hr>");
}

TEST(HtmlDeathTest, PartsMustFitTheHoles) {
  EXPECT_DEATH(Html::Fill("<p>{}</p>"), "");
  EXPECT_DEATH(Html::Fill("<p></p>", {"too many"}), "");
}

}  // namespace
}  // namespace evertoken
