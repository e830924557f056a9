#include "tests/demo/form.h"

#include "gtest/gtest.h"
#include "tests/demo/html_form.h"

namespace evertoken::demo {
namespace {

TEST(FormTest, WhatIsEncodedComesBack) {
  const Form form = {{"a b", "1&2=3"}, {"code", "x+y/z%"}, {"empty", ""}, {"name", "Zo\xc3\xab"}};
  EXPECT_EQ(ParseForm(EncodeForm(form)), form);
}

TEST(FormTest, TakesBrokenEscapesAsTheyStand) {
  EXPECT_EQ(PercentDecode("100%"), "100%");
  EXPECT_EQ(PercentDecode("%zz%4"), "%zz%4");
}

TEST(FormTest, TheFirstOfARepeatedNameCounts) {
  EXPECT_EQ(ValueOf(ParseForm("a=1&a=2"), "a"), "1");
}

TEST(FormTest, QueriesAreAddedToQueries) {
  EXPECT_EQ(AppendQuery("http://h/p", {{"a", "1"}}), "http://h/p?a=1");
  EXPECT_EQ(AppendQuery("http://h/p?x=y", {{"a", "1"}}), "http://h/p?x=y&a=1");
}

TEST(FormTest, HtmlAndJsonAreEscaped) {
  EXPECT_EQ(EscapeHtml("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  EXPECT_EQ(UnescapeHtml(EscapeHtml("&lt;<")), "&lt;<");
  EXPECT_EQ(JsonString("a\"\\\n"), "\"a\\\"\\\\\\u000a\"");
}

TEST(HtmlFormTest, ReadsTheFirstForm) {
  const auto form = FindForm(
      "<p>x<form method=\"post\" action=\"/go?a=1&amp;b=2\"><input type=\"hidden\" name=\"k\" "
      "value=\"&lt;v\">"
      "<input name=\"user\"></form><input name=\"outside\" value=\"1\">");
  ASSERT_TRUE(form.has_value());
  EXPECT_EQ(form->action, "/go?a=1&b=2");
  EXPECT_EQ(form->method, "post");
  EXPECT_EQ(form->fields, (Form{{"k", "<v"}, {"user", ""}}));
}

TEST(HtmlFormTest, NoFormIsNothing) { EXPECT_FALSE(FindForm("<p>formal").has_value()); }

}  // namespace
}  // namespace evertoken::demo
