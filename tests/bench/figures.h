#ifndef EVERTOKEN_TESTS_BENCH_FIGURES_H_
#define EVERTOKEN_TESTS_BENCH_FIGURES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace evertoken::bench {

// The benchmark's results: one line each on standard output, `name value unit`, as soon as it is known.
class Figures {
 public:
  void Add(const std::string& name, double value, const std::string& unit);

  // A figure that cannot be measured here.
  void Skip(const std::string& name, const std::string& why);

  // The same as a JSON list of {name, value, unit}.
  absl::Status WriteJson(const std::string& path) const;

 private:
  struct Figure {
    std::string name;
    double value;
    std::string unit;
  };
  std::vector<Figure> figures_;
};

// The middle one; the mean of both where there are two. Zero of none.
double Median(std::vector<double> values);

}  // namespace evertoken::bench

#endif  // EVERTOKEN_TESTS_BENCH_FIGURES_H_
