#include "server/provider/profile_bound.h"

#include <gtest/gtest.h>

namespace evertoken {
namespace {

TEST(CutProfileTest, LeavesAProfileThatFits) {
  v1::Profile profile;
  profile.set_subject("7");
  profile.add_emails()->set_address("a@x.test");
  EXPECT_FALSE(CutProfile(&profile));
  EXPECT_EQ(profile.emails_size(), 1);
}

TEST(CutProfileTest, APictureThatIsDataDoesNotCount) {
  v1::Profile profile;
  profile.set_picture_url("data:image/png;base64," + std::string(40000, 'A'));
  profile.add_emails()->set_address("a@x.test");
  EXPECT_FALSE(CutProfile(&profile));
  profile.set_picture_url("https://x.test/" + std::string(40000, 'A'));
  EXPECT_TRUE(CutProfile(&profile));
}

TEST(CutProfileTest, WithoutListsOtherFieldsGoButNotWhoItIs) {
  v1::Profile profile;
  profile.set_subject("7");
  profile.set_provider("acme");
  profile.set_display_name("Ada");
  profile.set_about(std::string(20000, 'x'));
  profile.set_quote(std::string(20000, 'x'));
  EXPECT_TRUE(CutProfile(&profile));
  EXPECT_LE(profile.ByteSizeLong(), kMostProfileBytes);
  EXPECT_EQ(profile.subject(), "7");
  EXPECT_EQ(profile.provider(), "acme");
  EXPECT_EQ(profile.display_name(), "Ada");
  EXPECT_EQ(profile.about().size(), 20000u);
  EXPECT_EQ(profile.quote(), "");
}

}  // namespace
}  // namespace evertoken
