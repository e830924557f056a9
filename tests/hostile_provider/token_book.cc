#include "tests/hostile_provider/token_book.h"

#include "absl/strings/str_cat.h"

namespace evertoken::hostile {

std::optional<IssuedPair> TokenBook::Open(const FamilyPolicy& policy, const std::string& user,
                                          absl::Time now) {
  if (families_.size() >= limits_.families || !HasRoom()) return std::nullopt;
  Family family;
  family.id = static_cast<int64_t>(families_.size()) + 1;
  family.user = user;
  family.policy = policy;
  family.consent_time = now;
  families_.push_back(std::move(family));
  return Issue(&families_.back(), /*parent=*/"", now);
}

TokenBook::Spend TokenBook::Present(const std::string& refresh_token, absl::Time now) {
  const auto found = refresh_tokens_.find(refresh_token);
  if (found == refresh_tokens_.end()) {
    ++totals_[static_cast<size_t>(Verdict::kRefused)];
    return {};
  }
  RefreshToken& token = found->second;
  Family& family = FamilyAt(token.family);
  Spend spend;
  spend.verdict = Judge(token, now);
  Record(&token, spend.verdict, now);
  if (spend.verdict == Verdict::kReused) {
    ++family.reuses;
    if (family.policy.reuse == ReuseEffect::kKillFamily) End(family.id, FamilyEnd::kReuse);
  }
  if (spend.verdict != Verdict::kRenewed && spend.verdict != Verdict::kRepeated) return spend;
  ++family.renewals;
  const bool same_pair =
      spend.verdict == Verdict::kRepeated && family.policy.grace_answer == GraceAnswer::kSamePair;
  spend.pair = same_pair ? token.next : Renew(refresh_token, now);
  return spend;
}

Verdict TokenBook::Judge(const std::string& refresh_token, absl::Time now) const {
  const auto found = refresh_tokens_.find(refresh_token);
  return found == refresh_tokens_.end() ? Verdict::kRefused : Judge(found->second, now);
}

Verdict TokenBook::Judge(const RefreshToken& token, absl::Time now) const {
  const Family& family = FamilyAt(token.family);
  const FamilyPolicy& policy = family.policy;
  const bool repeats = token.spend_time.has_value();
  if (repeats) {
    const bool too_late = policy.grace <= absl::ZeroDuration() ||
                          now - *token.spend_time > policy.grace ||
                          (policy.grace_ends_with_next_use && token.next_used);
    if (too_late) return Verdict::kReused;
  }
  if (family.end != FamilyEnd::kNone || now >= ExpireTimeOf(token)) return Verdict::kRefused;
  if (repeats) return Verdict::kRepeated;
  return now - token.last_use < policy.minimum_age ? Verdict::kTooYoung : Verdict::kRenewed;
}

void TokenBook::Note(const std::string& refresh_token, Verdict verdict, absl::Time now) {
  const auto found = refresh_tokens_.find(refresh_token);
  if (found != refresh_tokens_.end()) return Record(&found->second, verdict, now);
  ++totals_[static_cast<size_t>(verdict)];
}

const Family* TokenBook::FamilyOf(const std::string& token) const {
  if (const auto found = refresh_tokens_.find(token); found != refresh_tokens_.end())
    return &FamilyAt(found->second.family);
  if (const auto found = access_tokens_.find(token); found != access_tokens_.end())
    return &FamilyAt(found->second.family);
  return nullptr;
}

bool TokenBook::AccessWorks(const std::string& access_token, absl::Time now) const {
  const auto found = access_tokens_.find(access_token);
  return found != access_tokens_.end() && now < found->second.expire_time &&
         FamilyAt(found->second.family).end == FamilyEnd::kNone;
}

bool TokenBook::End(int64_t family, FamilyEnd why) {
  if (family < 1 || static_cast<size_t>(family) > families_.size()) return false;
  FamilyEnd& end = FamilyAt(family).end;
  if (end == FamilyEnd::kNone) end = why;
  return true;
}

std::vector<Presentation> TokenBook::Presentations(const std::string& refresh_token) const {
  const auto found = refresh_tokens_.find(refresh_token);
  return found == refresh_tokens_.end() ? std::vector<Presentation>() : found->second.presentations;
}

int64_t TokenBook::Count(const std::string& refresh_token) const {
  const auto found = refresh_tokens_.find(refresh_token);
  return found == refresh_tokens_.end() ? 0 : found->second.count;
}

int64_t TokenBook::CountOf(Verdict verdict) const { return totals_[static_cast<size_t>(verdict)]; }

absl::Time TokenBook::ExpireTimeOf(const RefreshToken& token) const {
  const Family& family = FamilyAt(token.family);
  const absl::Duration life = family.policy.refresh_life_length;
  switch (family.policy.refresh_life) {
    case RefreshLife::kIdle:
      return token.last_use + life;
    case RefreshLife::kAbsolute:
      return family.consent_time + life;
    case RefreshLife::kSliding:
      return token.issue_time + life;
    case RefreshLife::kUntilRevoked:
      break;
  }
  return absl::InfiniteFuture();
}

IssuedPair TokenBook::Issue(Family* family, absl::string_view parent, absl::Time now) {
  RefreshToken token;
  token.family = family->id;
  token.parent = std::string(parent);
  token.issue_time = now;
  token.last_use = now;
  IssuedPair pair;
  pair.family = family->id;
  pair.access_expires = now + family->policy.access_life;
  pair.refresh_expires = ExpireTimeOf(token);
  pair.access_token = NewAccessToken(family, pair.access_expires);
  pair.refresh_token = NewToken("refresh", family->id);
  refresh_tokens_[pair.refresh_token] = std::move(token);
  family->refresh_token = pair.refresh_token;
  return pair;
}

IssuedPair TokenBook::Renew(const std::string& refresh_token, absl::Time now) {
  RefreshToken* token = &refresh_tokens_.at(refresh_token);
  Family& family = FamilyAt(token->family);
  token->last_use = now;
  if (family.policy.refresh_ends_access_token)
    access_tokens_[family.access_token].expire_time = now;
  if (const auto parent = refresh_tokens_.find(token->parent); parent != refresh_tokens_.end())
    parent->second.next_used = true;
  if (family.policy.rotation == Rotation::kAlways) {
    IssuedPair pair = Issue(&family, refresh_token, now);
    token = &refresh_tokens_.at(refresh_token);  // the table may have moved
    if (!token->spend_time.has_value()) {
      token->spend_time = now;
      token->next = pair;
    }
    return pair;
  }
  IssuedPair pair;
  pair.family = family.id;
  pair.access_expires = now + family.policy.access_life;
  pair.refresh_expires = ExpireTimeOf(*token);
  pair.access_token = NewAccessToken(&family, pair.access_expires);
  if (family.policy.repeats_refresh_token) pair.refresh_token = refresh_token;
  return pair;
}

std::string TokenBook::NewAccessToken(Family* family, absl::Time expire_time) {
  family->access_token = NewToken("access", family->id);
  access_tokens_[family->access_token] = {family->id, expire_time};
  return family->access_token;
}

std::string TokenBook::NewToken(absl::string_view kind, int64_t family) {
  return absl::StrCat(name_, "-", kind, "-", family, "-", ++issued_);
}

void TokenBook::Record(RefreshToken* token, Verdict verdict, absl::Time now) {
  ++totals_[static_cast<size_t>(verdict)];
  ++token->count;
  if (token->presentations.size() < kMostPresentationsKept)
    token->presentations.push_back({now, verdict});
}

}  // namespace evertoken::hostile
