//===- CsvTest.cpp - tables and their errors ----------------------------------===//
#include "ttc/Calibrate/Csv.h"
#include "ttc/Calibrate/NocMicro.h"

#include <gtest/gtest.h>

using namespace ttc::calibrate;

namespace {

std::string parseError(std::string_view text) {
  auto r = Csv::parse(text, "f.csv");
  return r ? "" : r.error().message;
}

TEST(Csv, QuotesLinesAndTypes) {
  auto csv = Csv::parse("name,n,x,flag\r\n\n\"a, \"\"b\"\"\",3,1.5e3,true\nc,-1,0.5,false", "f.csv");
  ASSERT_TRUE(bool(csv)) << csv.error().message;
  ASSERT_EQ(csv->rows(), 2u);
  EXPECT_EQ(csv->text(0, "name"), "a, \"b\"");
  EXPECT_EQ(csv->line(0), 3u);
  EXPECT_EQ(*csv->integer(0, "n", 0, 9), 3);
  EXPECT_EQ(*csv->positive(0, "x"), 1500);
  EXPECT_TRUE(*csv->boolean(0, "flag"));
  EXPECT_EQ(csv->integer(1, "n", 0, 9).error().message,
            "f.csv:4: column 'n': expected a whole number in 0..9, but got '-1'");
  EXPECT_EQ(csv->require({"n", "y"}).error().message,
            "f.csv:1: expected a column 'y', but the header has name, n, x, flag");
}

TEST(Csv, DamagedTablesAreRefusedWithTheirPlace) {
  EXPECT_EQ(parseError(""), "f.csv: expected a header line, but the file is empty");
  EXPECT_EQ(parseError("a,b\n1\n"), "f.csv:2: expected 2 fields as in the header, but got 1");
  EXPECT_EQ(parseError("a,b\n1,\"2\n"), "f.csv:2: a quote that is not closed");
  EXPECT_EQ(parseError("a,b\n1,2\"\n"), "f.csv:2: a quote inside a field");
  EXPECT_EQ(parseError("a,a\n"), "f.csv:1: column 'a' twice in the header");
  EXPECT_EQ(parseError(std::string_view("a\n\0\n", 4)),
            "f.csv:2: expected text, but got a zero byte");
  auto csv = Csv::parse("n,x,f\n1x,nan,yes\n99999999999999999999,0,\n", "f.csv");
  ASSERT_TRUE(bool(csv));
  EXPECT_FALSE(bool(csv->integer(0, "n", 0, 100)));
  EXPECT_FALSE(bool(csv->integer(1, "n", 0, INT64_MAX)));
  EXPECT_FALSE(bool(csv->positive(0, "x")));
  EXPECT_FALSE(bool(csv->positive(1, "x")));
  EXPECT_EQ(csv->boolean(0, "f").error().message,
            "f.csv:2: column 'f': expected true or false, but got 'yes'");
  EXPECT_FALSE(bool(Csv::read("/nothere/f.csv")));
}

/// Every way of cutting and changing a byte of a table of cases: an error with its line or a case,
/// never a crash.
TEST(Csv, DamagedNocMicroCasesNameTheirLine) {
  const std::string good =
      "arch,mechanism,pattern,memory,num_transactions,num_subordinates,same_axis,stateful,loopback,"
      "noc_index,entry_index,size_bytes,latency_cycles\n"
      "WORMHOLE_B0,UNICAST,ONE_FROM_ONE,L1,16,0,false,true,false,1,8,64,587\n";
  size_t row = good.find('\n') + 1, refused = 0;
  for (size_t at = row; at < good.size(); ++at)
    for (std::string text : {good.substr(0, at), good.substr(0, at) + "\x7f" + good.substr(at + 1)}) {
      auto csv = Csv::parse(text, "f.csv");
      if (!csv) {
        EXPECT_TRUE(csv.error().message.starts_with("f.csv:2:")) << csv.error().message;
        ++refused;
      } else if (csv->rows()) {
        auto c = parseNocMicroCase(*csv, 0);
        refused += !c;
        if (!c)
          EXPECT_TRUE(c.error().message.starts_with("f.csv:2: column '")) << c.error().message;
      }
    }
  EXPECT_GT(refused, good.size() - row);
}

} // namespace
