// C++ with its own streams and a file: the same natively and in a guest. (Debian's libc++ for WASI has no fstream.)
#include <cstdio>
#include <iomanip>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

int main() {
  std::map<std::string, int> counts;
  std::string word;
  while (std::cin >> word) ++counts[word];
  std::ostringstream content;
  for (const auto& [text, count] : counts) content << std::setw(12) << std::left << text << ' ' << count << '\n';
  std::FILE* file = std::fopen("counts.txt", "w");
  std::fputs(content.str().c_str(), file);
  std::fclose(file);
  std::cout << content.str() << std::fixed << std::setprecision(3) << 3.14159 << ' ' << std::hex << 255 << '\n';
  std::cerr << counts.size() << " words\n";
  return counts.empty() ? 1 : 0;
}
