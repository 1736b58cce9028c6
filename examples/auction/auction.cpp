// A sealed-bid auction of equal items at one price: C++ with its standard library. Reads from standard input, which is public, how many
// items there are and the least price; and from file 3, which is private, a bid a line: a name and a price, of which the last of a name
// counts. The highest bids win, the earlier of equal ones; all pay what the next bid offers, or the least price.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

struct Bid {
  std::string name;
  std::uint64_t price;
};

// Bids in the order they came in, the last of each name alone; false if a line is none.
static bool read_bids(std::FILE *file, std::vector<Bid> &bids) {
  std::map<std::string, std::size_t> places;
  char name[64];
  unsigned long long price;
  int fields;
  while ((fields = std::fscanf(file, " %63s %llu", name, &price)) == 2) {
    const auto [place, is_new] = places.try_emplace(name, bids.size());
    if (is_new)
      bids.push_back({name, price});
    else
      bids[place->second].price = price;
  }
  return fields == EOF;
}

int main() {
  unsigned items;
  unsigned long long least;
  if (std::scanf("%u %llu", &items, &least) != 2 || items == 0) {
    std::fputs("standard input is the number of items and the least price\n", stderr);
    return 2;
  }
  std::FILE *file = fdopen(3, "r");
  std::vector<Bid> bids;
  if (file == nullptr || !read_bids(file, bids)) {
    std::fputs("a bid is a name and a price\n", stderr);
    return 2;
  }
  bids.erase(std::remove_if(bids.begin(), bids.end(), [least](const Bid &bid) { return bid.price < least; }), bids.end());
  std::stable_sort(bids.begin(), bids.end(), [](const Bid &a, const Bid &b) { return a.price > b.price; });
  const std::size_t sold = std::min<std::size_t>(items, bids.size());
  const unsigned long long price = bids.size() > sold ? bids[sold].price : least;
  std::printf("price: %llu\n", price);
  for (std::size_t i = 0; i < sold; i++) std::printf("sold to: %s\n", bids[i].name.c_str());
  std::printf("unsold: %zu\n", items - sold);
}
