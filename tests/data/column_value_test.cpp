// From features back to fields, rows put together of others, and rows that are typed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/data.h"
#include "data/column_value.h"
#include "data/csv.h"
#include "data/mixed_rows.h"
#include "data/temporary_folder.h"
#include "data/typed_row.h"
#include "data/validate.h"
#include "data/words.h"
#include "given_data.h"

namespace chainrule::data {
namespace {

using ::testing::HasSubstr;
using ValueOf = ColumnValue::Kind;

struct Encoded {
  Table table;
  Encoder encoder;
  Dataset data;
};

Encoded encoded(Table table, Scaling scaling = Scaling::automatic,
                const std::string& target_column = "") {
  Source source{std::move(table)};
  const Target target = decide_target(source, {.column = target_column});
  Encoded done;
  done.encoder = Encoder::fit(source, target, target.rows, {.scaling = scaling});
  done.table = std::get<Table>(std::move(source.main));
  done.data = done.encoder.encode(done.table);
  return done;
}

std::vector<float> features_of(const Dataset& data, std::int64_t row) {
  std::vector<float> features(static_cast<std::size_t>(data.width()));
  data.gather(std::span(&row, 1), features.data(), nullptr);
  return features;
}

// Of every field of a table; returns how many were missing.
std::int64_t expect_as_written(const Encoded& data) {
  const MixedRows rows(data.encoder);
  std::int64_t missing = 0;
  for (std::size_t c = 0; c < data.encoder.columns().size(); ++c) {
    const ColumnEncoding& how = data.encoder.columns()[c];
    const Column& column = *data.table.find(how.name);
    for (std::int64_t row = 0; row < data.table.rows; ++row) {
      const ColumnValue value = column_value(how, rows.features(c, data.data, row));
      std::string written = value_text(column, row);
      const bool is_gap = written.empty();
      missing += is_gap;
      // Where training had no gap, nothing else is known of one.
      const bool is_filled = is_gap && !how.missing_feature && how.kind == ColumnKind::numeric;
      if (is_filled) written = number_text(how.fill);
      EXPECT_EQ(value.kind, is_gap && !is_filled ? ValueOf::missing : ValueOf::given);
      EXPECT_EQ(value.text, written) << how.name << ", row " << row;
    }
  }
  return missing;
}

TEST(ColumnValue, IsTheFieldAsItWasWritten) {
  for (const Scaling scaling : {Scaling::standard, Scaling::minmax, Scaling::none}) {
    EXPECT_GT(
        expect_as_written(encoded(read_csv(project_data + "penguins.csv"), scaling, "island")), 10);
    // Nought has no digits to be rounded to.
    EXPECT_EQ(expect_as_written(encoded(read_csv(project_data + "digits.csv"), scaling)), 0);
    EXPECT_EQ(expect_as_written(encoded(read_csv(diabetes), scaling)), 0);
  }
}

TEST(ColumnValue, TellsDatesTimesAndUnits) {
  std::string text = "when,at,day,price,y\n";
  for (int i = 1; i <= 28; ++i)
    text += fmt::format("2021-03-{0:02},{1:02}:{0:02}:07,{0}-{3},${0}.5,{2}\n", i, i % 24,
                        i % 7 * 1.25, i % 2 == 0 ? "May" : "Dec");
  const Encoded dates = encoded(parse_csv(text, "dates.csv"));
  const MixedRows rows(dates.encoder);
  for (std::size_t c = 0; c < dates.encoder.columns().size(); ++c) {
    const ColumnEncoding& how = dates.encoder.columns()[c];
    for (std::int64_t row = 0; row < 28; ++row) {
      std::string expected = value_text(*dates.table.find(how.name), row);
      if (how.name == "price") expected += " $";
      EXPECT_EQ(column_value(how, rows.features(c, dates.data, row)).text, expected)
          << how.name << ", row " << row;
    }
  }
}

TEST(ColumnValue, OfARareCategorySaysThatItIsOne) {
  std::string text = "kind,y\n";
  for (int i = 0; i < 230; ++i)  // a hundred of them occur twice, and have features of their own
    text += fmt::format("kind{},{}\n", i < 200 ? i / 2 : i, i % 3 == 0 ? "yes" : "no");
  const Encoded words = encoded(parse_csv(text, "words.csv"));
  const ColumnEncoding& how = words.encoder.columns()[0];
  ASSERT_TRUE(how.other_feature);
  const MixedRows rows(words.encoder);
  EXPECT_EQ(column_value(how, rows.features(0, words.data, 229)).kind, ValueOf::other);
  EXPECT_EQ(column_value(how, rows.features(0, words.data, 3)).text, "kind1");
}

// The oracle exchanges fields in the table and encodes that.
TEST(MixedRows, AreThoseOfATableWithItsFieldsExchanged) {
  const Encoded penguins = encoded(read_csv(project_data + "penguins.csv"));
  Table exchanged = penguins.table;
  MixedRows rows(penguins.encoder);
  for (std::int64_t row = 0; row < penguins.table.rows; ++row) {
    rows.start(penguins.data, row);
    for (std::size_t c = 0; c < rows.columns(); ++c) {
      const auto other = (row * 7 + static_cast<std::int64_t>(c) * 31) % penguins.table.rows;
      if (c % 2 == 0) continue;
      rows.take(c, penguins.data, other);
      const std::string& name = penguins.encoder.columns()[c].name;
      const Column& from = *penguins.table.find(name);
      Column& to =
          exchanged.columns[static_cast<std::size_t>(&from - penguins.table.columns.data())];
      const auto i = static_cast<std::size_t>(row), k = static_cast<std::size_t>(other);
      if (from.kind == ColumnKind::categorical)
        to.codes[i] = from.codes[k];
      else
        to.numbers[i] = from.numbers[k];
    }
    rows.add();
  }
  const Dataset expected = penguins.encoder.encode(exchanged);
  ASSERT_EQ(rows.rows(), expected.rows());
  for (std::int64_t row = 0; row < expected.rows(); ++row)
    EXPECT_EQ(features_of(rows.data(), row), features_of(expected, row)) << "row " << row;
}

TEST(TypedRow, HasTheFieldsThatAFileWouldGive) {
  const Encoded penguins = encoded(read_csv(project_data + "penguins.csv"));
  const std::vector<TypedField> fields{
      {"bill_length_mm", "39.1"},   {"island", "Torgersen"},   {"sex", "MALE"},
      {"flipper_length_mm", "181"}, {"bill_depth_mm", "18.7"}, {"species", "Adelie"}};
  std::vector<TypedField> inputs;
  for (const TypedField& field : fields)
    if (std::ranges::find(penguins.encoder.columns(), field.first, &ColumnEncoding::name) !=
        penguins.encoder.columns().end())
      inputs.push_back(field);
  const Dataset typed = penguins.encoder.encode(typed_row(penguins.encoder, inputs), false);
  const MixedRows rows(penguins.encoder);
  for (std::size_t c = 0; c < penguins.encoder.columns().size(); ++c) {
    const std::string& name = penguins.encoder.columns()[c].name;
    const auto given = std::ranges::find(inputs, name, &TypedField::first);
    const ColumnValue value =
        column_value(penguins.encoder.columns()[c], rows.features(c, typed, 0));
    EXPECT_EQ(value.text, given == inputs.end() ? value.text : given->second) << name;
  }
}

TEST(TypedRow, RefusesWhatNoFieldCouldBe) {
  const Encoded iris_data = encoded(read_csv(iris));
  const TemporaryFolder folder;
  const auto refusal = [&](const TypedField& field) {
    return message_of<UsageError>([&] { typed_row(iris_data.encoder, std::span(&field, 1)); },
                                  folder);
  };
  EXPECT_THAT(refusal({"petal_lenght", "1"}), HasSubstr("did you mean \"petal_length\""));
  EXPECT_THAT(refusal({"petal_length", "long"}),
              HasSubstr("\"long\": the model was trained on numbers there; give one"));
  EXPECT_THAT(refusal({"species", "setosa"}), HasSubstr("is no input of the model"));
}

}  // namespace
}  // namespace chainrule::data
