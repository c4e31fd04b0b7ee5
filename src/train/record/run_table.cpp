#include "train/record/run_table.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "chainrule/error.h"

namespace chainrule {
namespace {

constexpr std::string_view check_column = ",check", comment_mark = "# ";

// Goes through the whole lines of a text.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : text_(text) {}
  bool next() {
    begin_ = end_;
    const auto stop = text_.find('\n', begin_);
    if (stop == std::string_view::npos) return false;
    end_ = stop + 1;
    ++number_;
    return true;
  }
  std::string_view line() const { return text_.substr(begin_, end_ - 1 - begin_); }
  std::size_t begin() const { return begin_; }
  std::size_t end() const { return end_; }
  std::int64_t number() const { return number_; }
  bool is_at_end() const { return end_ == text_.size(); }

 private:
  std::string_view text_;
  std::size_t begin_ = 0, end_ = 0;
  std::int64_t number_ = 0;
};

// Reads a table line by line, with the check that the next line follows.
class TableReader {
 public:
  TableReader(std::string_view text, std::string_view columns, const std::string& run)
      : lines_(text), columns_(columns), check_(hash(run)) {
    places_.has_checks = !run.empty();
  }

  TablePlaces read(const std::function<bool(const Fields&)>& take) {
    bool has_columns = false;
    while (lines_.next()) {
      const bool is_good = is_comment()  ? take_comment()
                           : has_columns ? take_line(take)
                                         : is_columns();
      if (!is_good) {
        places_.bad_line = lines_.number();
        break;
      }
      has_columns = has_columns || !is_comment();
    }
    places_.has_more = !places_.bad_line && !lines_.is_at_end();
    return std::move(places_);
  }

 private:
  bool is_comment() const { return places_.has_checks && lines_.line().starts_with(comment_mark); }

  bool take_comment() {
    comment_ = lines_.line();
    check_ = hash(comment_, check_);
    return true;
  }

  bool is_columns() const {
    const std::string_view line = lines_.line();
    if (!places_.has_checks) return line == columns_;
    return line.starts_with(columns_) && line.substr(columns_.size()) == check_column;
  }

  bool take_line(const std::function<bool(const Fields&)>& take) {
    std::string_view line = lines_.line();
    if (places_.has_checks) {
      const auto comma = line.rfind(',');
      if (comma == std::string_view::npos) return false;
      const std::string_view check = line.substr(comma + 1);
      line = line.substr(0, comma);
      check_ = hash(line, check_);
      if (check != hash_text(check_)) return false;
    }
    if (!take(fields_of(line))) return false;
    places_.lines.push_back(
        {lines_.begin(), lines_.end(), std::string(line), check_, std::string(comment_)});
    return true;
  }

  LineReader lines_;
  std::string_view columns_, comment_;
  std::uint64_t check_;
  TablePlaces places_;
};

}  // namespace

TablePlaces read_table(std::string_view text, std::string_view columns, const std::string& run,
                       const std::function<bool(const Fields&)>& take) {
  return TableReader(text, columns, run).read(take);
}

void require_whole(const TablePlaces& places, const std::string& path) {
  if (places.bad_line)
    refuse_damaged({path, *places.bad_line}, "this line is damaged, or of another run");
}

TableWriter::TableWriter(std::string path, std::string columns, const std::string& run,
                         std::string comment)
    : file_(std::move(path)),
      columns_(std::move(columns)),
      comment_(std::move(comment)),
      first_check_(hash(run)),
      check_(first_check_) {}

void TableWriter::restart() {
  file_.cut(0);
  pending_.clear();
  check_ = first_check_;
  lines_ = 0;
  if (!comment_.empty()) say_comment();
  pending_ += fmt::format("{}{}\n", columns_, check_column);
}

void TableWriter::say_comment() {
  const std::string line = std::string(comment_mark) + comment_;
  check_ = hash(line, check_);
  pending_ += line + "\n";
}

void TableWriter::keep(const TablePlaces& read, std::size_t lines) {
  if (lines == 0 || !read.has_checks) {
    restart();
    for (std::size_t i = 0; i < lines; ++i) add(read.lines[i].text);
    return;
  }
  const TablePlace& last = read.lines[lines - 1];
  file_.cut(last.end);
  pending_.clear();
  check_ = last.check;
  lines_ = lines;
  if (!comment_.empty() && last.comment != std::string(comment_mark) + comment_) say_comment();
}

void TableWriter::add(std::string_view line) {
  check_ = hash(line, check_);
  ++lines_;
  pending_ += fmt::format("{},{}\n", line, hash_text(check_));
}

void TableWriter::flush() {
  file_.append(pending_);
  pending_.clear();
}

std::string TableWriter::last_check() const { return lines_ == 0 ? "" : hash_text(check_); }

}  // namespace chainrule
