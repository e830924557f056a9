#include "tests/bench/figures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace evertoken::bench {
namespace {

// Four digits say all that is repeatable; larger counts are written out.
std::string Number(double value) {
  if (!std::isfinite(value)) return "0";
  return std::abs(value) >= 1000 ? absl::StrFormat("%.0f", value) : absl::StrFormat("%.4g", value);
}

}  // namespace

void Figures::Add(const std::string& name, double value, const std::string& unit) {
  figures_.push_back({name, value, unit});
  absl::PrintF("%s %s %s\n", name, Number(value), unit);
  std::fflush(stdout);
}

void Figures::Skip(const std::string& name, const std::string& why) {
  absl::PrintF("%s skipped: %s\n", name, why);
  std::fflush(stdout);
}

absl::Status Figures::WriteJson(const std::string& path) const {
  std::ofstream file(path, std::ios::trunc);
  file << "[";
  const char* separator = "\n";
  for (const Figure& figure : figures_) {
    file << separator << "  {\"name\": \"" << figure.name
         << "\", \"value\": " << Number(figure.value) << ", \"unit\": \"" << figure.unit << "\"}";
    separator = ",\n";
  }
  file << "\n]\n";
  file.close();
  return file ? absl::OkStatus() : absl::InternalError(absl::StrCat("cannot write ", path));
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace evertoken::bench
