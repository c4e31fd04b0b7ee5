// Tables as people have them, read without an option, against a list written by hand. They are not
// in this repository: CHAINRULE_TABLES names their folder.
#include <cmath>
#include <cstdlib>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/data.h"

namespace chainrule::data {
namespace {

using Names = std::vector<std::string>;

struct RealTable {
  const char *file, *target;
  std::int64_t rows, columns;
  bool header;
  Names texts{};                                  // categorical columns
  Names left_out{};                               // as identifiers
  std::map<std::string, std::int64_t> missing{};  // fields, where there are some
};

const std::vector<RealTable> real_tables{
    {"california.csv",
     "median_house_value",
     20640,
     10,
     true,
     {"ocean_proximity"},
     {},
     {{"total_bedrooms", 207}}},
    {"adult_train.csv",
     "class",
     32561,
     15,
     true,
     {"workclass", "education", "marital_status", "occupation", "relationship", "race", "sex",
      "native_country", "class"}},
    {"churn.csv",
     "Exited",
     10000,
     14,
     true,
     {"Surname", "Geography", "Gender"},
     {"RowNumber", "CustomerId"}},
    {"telco.csv",
     "Churn",
     7043,
     21,
     true,
     {"customerID", "gender", "Partner", "Dependents", "PhoneService", "MultipleLines",
      "InternetService", "OnlineSecurity", "OnlineBackup", "DeviceProtection", "TechSupport",
      "StreamingTV", "StreamingMovies", "Contract", "PaperlessBilling", "PaymentMethod", "Churn"},
     {"customerID"},
     {{"TotalCharges", 11}}},
    {"insurance.csv", "charges", 1338, 7, true, {"sex", "smoker", "region"}},
    {"concrete.csv", "strength", 1030, 9, true},
    {"phoneme.csv", "column6", 5404, 6, false},
    {"winequality-red.csv", "column12", 1599, 12, false},
    {"winequality-white.csv", "column12", 4898, 12, false},
    {"ames.csv",
     "SalePrice",
     2930,
     82,
     true,
     {"MS SubClass",    "MS Zoning",      "Street",       "Alley",         "Lot Shape",
      "Land Contour",   "Utilities",      "Lot Config",   "Land Slope",    "Neighborhood",
      "Condition 1",    "Condition 2",    "Bldg Type",    "House Style",   "Roof Style",
      "Roof Matl",      "Exterior 1st",   "Exterior 2nd", "Mas Vnr Type",  "Exter Qual",
      "Exter Cond",     "Foundation",     "Bsmt Qual",    "Bsmt Cond",     "Bsmt Exposure",
      "BsmtFin Type 1", "BsmtFin Type 2", "Heating",      "Heating QC",    "Central Air",
      "Electrical",     "Kitchen Qual",   "Functional",   "Fireplace Qu",  "Garage Type",
      "Garage Finish",  "Garage Qual",    "Garage Cond",  "Paved Drive",   "Pool QC",
      "Fence",          "Misc Feature",   "Sale Type",    "Sale Condition"},
     {"Order", "PID"},
     {{"Lot Frontage", 490}, {"Mas Vnr Type", 23},  {"Mas Vnr Area", 23},  {"Bsmt Qual", 1},
      {"Bsmt Cond", 1},      {"Bsmt Exposure", 4},  {"BsmtFin Type 1", 1}, {"BsmtFin SF 1", 1},
      {"BsmtFin Type 2", 2}, {"BsmtFin SF 2", 1},   {"Bsmt Unf SF", 1},    {"Total Bsmt SF", 1},
      {"Electrical", 1},     {"Bsmt Full Bath", 2}, {"Bsmt Half Bath", 2}, {"Garage Yr Blt", 159},
      {"Garage Finish", 2},  {"Garage Cars", 13},   {"Garage Area", 1},    {"Garage Qual", 1},
      {"Garage Cond", 1},    {"SalePrice", 33}}},
};

class RealTables : public ::testing::TestWithParam<RealTable> {};

TEST_P(RealTables, AreReadRight) {
  const char* folder = std::getenv("CHAINRULE_TABLES");
  if (folder == nullptr) GTEST_SKIP() << "CHAINRULE_TABLES names no folder";
  const RealTable& expected = GetParam();
  const Source source = open(fmt::format("{}/{}", folder, expected.file));
  const auto& table = std::get<Table>(source.main);
  EXPECT_EQ(table.rows, expected.rows);
  EXPECT_EQ(static_cast<std::int64_t>(table.columns.size()), expected.columns);
  EXPECT_EQ(table.dialect, (Dialect{.header = expected.header}));
  const Target target = decide_target(source, {.column = expected.target});
  const Encoder encoder = Encoder::fit(source, target, target.rows);
  Names texts, left_out;
  std::map<std::string, std::int64_t> missing;
  for (const ColumnReport& column : encoder.report()) {
    if (column.kind.en == "categorical") texts.push_back(column.name);
    if (column.kind.en == "date") ADD_FAILURE() << column.name << " is no date";
    if (column.treatment.en.starts_with("left out")) left_out.push_back(column.name);
    if (column.missing > 0) missing[column.name] = column.missing;
  }
  EXPECT_EQ(texts, expected.texts);
  EXPECT_EQ(left_out, expected.left_out);
  EXPECT_EQ(missing, expected.missing);
}

INSTANTIATE_TEST_SUITE_P(All, RealTables, ::testing::ValuesIn(real_tables), [](const auto& info) {
  std::string name = info.param.file;
  std::erase_if(name, [](char c) { return c == '-' || c == '.' || c == '_'; });
  return name;
});

}  // namespace
}  // namespace chainrule::data
