// A C++ program that uses the standard library the way applications do: iostreams, strings, containers, algorithms,
// virtual calls, smart pointers, static constructors and destructors. It reads text from standard input and prints
// statistics; the argument says how many words. (No fstream: Debian's libc++ for WASI is built without file systems.)
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

class Report {
 public:
  virtual ~Report() = default;
  virtual void add(std::string_view word) = 0;
  virtual void print(std::ostream& out) const = 0;
};

class WordCounts final : public Report {
 public:
  explicit WordCounts(size_t limit) : limit_(limit) {}

  void add(std::string_view word) override { ++counts_[std::string(word)]; }

  void print(std::ostream& out) const override {
    std::vector<std::pair<std::string, int>> sorted(counts_.begin(), counts_.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
    out << "most frequent words:\n";
    for (size_t i = 0; i < std::min(sorted.size(), limit_); i++)
      out << std::left << std::setw(16) << sorted[i].first << std::right << std::setw(5) << sorted[i].second << '\n';
  }

 private:
  size_t limit_;
  std::unordered_map<std::string, int> counts_;
};

class Lengths final : public Report {
 public:
  void add(std::string_view word) override { histogram_[word.size()]++; }

  void print(std::ostream& out) const override {
    const int total = std::accumulate(histogram_.begin(), histogram_.end(), 0,
                                      [](int sum, const auto& entry) { return sum + entry.second; });
    out << "lengths:\n" << std::fixed << std::setprecision(2);
    for (const auto& [length, count] : histogram_) out << std::setw(3) << length << ": " << 100.0 * count / total << "%\n";
    out << std::defaultfloat;
  }

 private:
  std::map<size_t, int> histogram_;
};

struct Farewell {
  ~Farewell() { std::cout << "destroyed at exit\n"; }
};

const Farewell farewell;
const std::string greeting = [] {
  std::ostringstream out;
  out << "constructed before main, 0x" << std::hex << 48879 << ", " << std::scientific << 1234.5;
  return out.str();
}();

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : line + ' ') {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

}  // namespace

int main(int argc, char** argv) {
  std::cout << greeting << '\n';
  const int limit = argc > 1 ? std::atoi(argv[1]) : 8;
  if (limit <= 0) {
    std::cerr << "usage: " << argv[0] << " [WORDS] < TEXT\n";
    return 2;
  }
  std::vector<std::unique_ptr<Report>> reports;
  reports.push_back(std::make_unique<WordCounts>(static_cast<size_t>(limit)));
  reports.push_back(std::make_unique<Lengths>());
  int lines = 0;
  for (std::string line; std::getline(std::cin, line); lines++)
    for (const std::string& word : split(line))
      for (const auto& report : reports) report->add(word);

  std::cout << lines << " lines\n";
  for (const auto& report : reports) report->print(std::cout);

  std::stringstream numbers("3.5 -2 1e3 0x10 word");
  double value = 0, sum = 0;
  while (numbers >> value) sum += value;
  std::cout << "sum " << sum << (numbers.fail() ? ", then no number" : "") << '\n';
  return lines > 0 ? 0 : 3;
}
