#ifndef EVERTOKEN_SERVER_PROVIDER_VALUE_KIND_H_
#define EVERTOKEN_SERVER_PROVIDER_VALUE_KIND_H_

namespace evertoken {

// What a field of a profile holds, which decides what of a provider's words may become its value.
enum class ValueKind {
  kText,        // 1 to 2048 bytes in one line
  kLongText,    // the same up to 8192 bytes
  kLines,       // as kText, with line feeds
  kUrl,         // http or https, at most 2048 bytes
  kPictureUrl,  // the same, or a `data:` URL of an image (RFC 2397) up to 48 KiB
  kLocale,      // BCP 47
  kDate,        // ISO 8601, possibly partial: `1990-12-31`, `1990-12`, `1990`, `--12-31`
  kBirthDate,   // the same without `1990-12` (OpenID Connect Core 1.0 section 5.1)
  kBoolean,
  kInt32,  // from 0 on, as kInt64
  kInt64,
  kTime,
};

}  // namespace evertoken

#endif  // EVERTOKEN_SERVER_PROVIDER_VALUE_KIND_H_
