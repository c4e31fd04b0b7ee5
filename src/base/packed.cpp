#include "base/packed.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <new>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <locale.h>
#include <zlib.h>

#include "base/display.h"
#include "chainrule/error.h"

namespace chainrule {
namespace {

struct Packing {
  std::string_view name, beginning, ending;
  const char* command;  // that unpacks
  int filter;           // libarchive's; none where it is not a filter of one stream
};
constexpr std::string_view empty_zip = "PK\x05\x06";
constexpr std::array packings{
    Packing{"gzip", "\x1F\x8B", ".gz", "gzip -d", ARCHIVE_FILTER_NONE},
    Packing{"Zstandard", "\x28\xB5\x2F\xFD", ".zst", "zstd -d", ARCHIVE_FILTER_ZSTD},
    Packing{"xz", std::string_view("\xFD\x37\x7A\x58\x5A\0", 6), ".xz", "xz -d", ARCHIVE_FILTER_XZ},
    Packing{"bzip2", "BZh", ".bz2", "bzip2 -d", ARCHIVE_FILTER_BZIP2},
    Packing{"ZIP", "PK\x03\x04", ".zip", "unzip", ARCHIVE_FILTER_NONE},
    Packing{"ZIP", empty_zip, ".zip", "unzip", ARCHIVE_FILTER_NONE}};

// Of bzip2 the first letters may be a word's: a digit follows, then the mark of a block or an end.
bool is_bzip2(std::string_view bytes) {
  const std::string_view mark = bytes.substr(std::min<std::size_t>(4, bytes.size()), 6);
  return mark == "1AY&SY" || mark == "\x17\x72\x45\x38\x50\x90";
}

const Packing* packing_of(std::string_view bytes) {
  for (const Packing& packing : packings)
    if (bytes.starts_with(packing.beginning) && (packing.name != "bzip2" || is_bzip2(bytes)))
      return &packing;
  return nullptr;
}

// How far a file may unpack: text packs 3 to 20 times, what is the same over and over 1,000 times
// and more. More than this is a mistake or an attack.
constexpr std::size_t always_allowed = std::size_t{256} << 20, most_times = 100,
                      never_more = std::size_t{8} << 30;

// A file that is being unpacked.
struct Packed {
  std::string_view bytes;
  const Packing& packing;
  const std::string& name;
  std::size_t file_size;  // of all, where it is packed twice

  std::size_t most() const {
    return std::clamp(most_times * file_size, always_allowed, never_more);
  }
};

[[noreturn]] void refuse_expansion(const Packed& packed) {
  throw DataError({packed.name},
                  fmt::format("{} bytes of {} unpack to more than {} MiB; if that is meant, unpack "
                              "the file with {} and name what comes out",
                              packed.file_size, packed.packing.name, packed.most() >> 20,
                              packed.packing.command));
}

[[noreturn]] void refuse_end(const Packed& packed) {
  throw DataError({packed.name}, fmt::format("the {} data ends too early; fetch or pack the file "
                                             "again",
                                             packed.packing.name));
}

[[noreturn]] void refuse_damage(const Packed& packed, const char* why) {
  std::string_view reason = why == nullptr ? "no reason given" : why;
  reason = reason.substr(0, reason.find_last_not_of('\n') + 1);
  throw DataError({packed.name},
                  fmt::format("the {} data is damaged ({}); fetch or pack the file again",
                              packed.packing.name, reason));
}

// Where the memory ends that is asked for next, when `have` bytes are unpacked. What the file
// claims saves copies where it is true; it is believed up to eight times what has been seen.
std::size_t next_size(std::size_t have, std::size_t claim, const Packed& packed) {
  constexpr std::size_t least = 65536;
  const std::size_t believed = std::max(8 * std::max(have, packed.bytes.size()), least);
  // One more than the claim, so that the end is noticed.
  const std::size_t wanted =
      claim >= have && claim > 0 ? std::min(claim + 1, believed) : std::max(2 * have, least);
  return std::min(wanted, packed.most() + 1);
}

// ---- gzip, by zlib: libarchive compares no checksum of it

struct Inflater {
  z_stream stream{};
  Inflater() {
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) throw InternalError("zlib did not start");
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }
};

// The last four bytes of a gzip file are its unpacked length modulo 2^32, if nobody made them
// anything else.
std::size_t claimed_size(std::string_view packed) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4 && packed.size() >= 18; ++i)
    size |= static_cast<std::size_t>(static_cast<unsigned char>(packed[packed.size() - 4 + i]))
            << (8 * i);
  return size;
}

std::string unpack_gzip(const Packed& packed) {
  Inflater inflater;
  z_stream& stream = inflater.stream;
  const std::size_t claim = claimed_size(packed.bytes);
  std::string_view left = packed.bytes;
  std::string out(next_size(0, claim, packed), '\0');
  std::size_t have = 0;
  while (true) {
    // zlib counts in 32 bits, so both sides are handed over in pieces.
    constexpr std::size_t piece = std::numeric_limits<unsigned>::max() / 2;
    if (have == out.size()) out.resize(next_size(have, claim, packed));
    const std::size_t input = std::min(left.size(), piece);
    const std::size_t room = std::min(out.size() - have, piece);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(left.data()));
    stream.avail_in = static_cast<uInt>(input);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + have);
    stream.avail_out = static_cast<uInt>(room);
    const int status = inflate(&stream, Z_NO_FLUSH);
    left.remove_prefix(input - stream.avail_in);
    have += room - stream.avail_out;
    if (have > packed.most()) refuse_expansion(packed);
    if (status == Z_STREAM_END) {
      if (!left.starts_with(packed.packing.beginning)) break;  // what follows is padding
      inflateReset(&stream);
    } else if (status == Z_BUF_ERROR || (status == Z_OK && left.empty() && stream.avail_out > 0)) {
      refuse_end(packed);
    } else if (status != Z_OK) {
      refuse_damage(packed, stream.msg);
    }
  }
  out.resize(have);
  return out;
}

// ---- The others, by libarchive

// Names in a ZIP archive come in the encoding of the thread's locale.
class Utf8Locale {
 public:
  Utf8Locale() : own_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(uselocale(own_)) {}
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;
  ~Utf8Locale() {
    uselocale(before_);
    if (own_ != nullptr) freelocale(own_);
  }

 private:
  locale_t own_, before_;
};

class Reader {
 public:
  explicit Reader(const Packed& packed) : packed_(packed), archive_(archive_read_new()) {
    if (archive_ == nullptr) throw std::bad_alloc();
    const bool is_zip = packed.packing.filter == ARCHIVE_FILTER_NONE;
    // By the list at its end, without which an archive is not whole. A stream has the one filter,
    // so that no other is looked for in what comes out.
    require(is_zip ? archive_read_support_format_zip_seekable(archive_.get())
                   : archive_read_set_format(archive_.get(), ARCHIVE_FORMAT_RAW));
    if (!is_zip) require(archive_read_append_filter(archive_.get(), packed.packing.filter));
    if (archive_read_open_memory(archive_.get(), packed.bytes.data(), packed.bytes.size()) !=
        ARCHIVE_OK)
      refuse_end(packed);
  }

  // The next thing in it; nothing at the end. That a name is in no known encoding is no harm.
  archive_entry* next() {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(archive_.get(), &entry);
    if (status == ARCHIVE_EOF) return nullptr;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) refuse();
    return entry;
  }

  std::string contents(std::size_t claim) {
    std::string out(next_size(0, claim, packed_), '\0');
    std::size_t have = 0;
    while (true) {
      if (have == out.size()) out.resize(next_size(have, claim, packed_));
      const la_ssize_t got = archive_read_data(archive_.get(), &out[have], out.size() - have);
      if (got < 0) refuse();
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
      if (have > packed_.most()) refuse_expansion(packed_);
    }
    out.resize(have);
    return out;
  }

  // What follows the end; only bzip2's filter leaves any, and it may be a part that is damaged.
  std::string_view behind() const {
    const auto read = static_cast<std::size_t>(archive_filter_bytes(archive_.get(), -1));
    return packed_.bytes.substr(std::min(read, packed_.bytes.size()));
  }

 private:
  void require(int status) const {
    if (status != ARCHIVE_OK)
      throw InternalError(
          fmt::format("libarchive did not start: {}", archive_error_string(archive_.get())));
  }

  // The libraries behind libarchive say in these words that they need more bytes.
  [[noreturn]] void refuse() const {
    const char* why = archive_error_string(archive_.get());
    const std::string_view text = why == nullptr ? "" : why;
    if (text.find("runcated") != std::string_view::npos ||
        text.find("No progress is possible") != std::string_view::npos)
      refuse_end(packed_);
    refuse_damage(packed_, why);
  }

  const Packed& packed_;
  struct Free {
    void operator()(archive* a) const { archive_read_free(a); }
  };
  std::unique_ptr<archive, Free> archive_;
};

std::string unpack_stream(const Packed& packed) {
  constexpr std::size_t shortest_bzip2 = 14;  // of a shorter one libarchive says nothing
  if (packed.packing.filter == ARCHIVE_FILTER_BZIP2 && packed.bytes.size() < shortest_bzip2)
    refuse_end(packed);
  Reader reader(packed);
  reader.next();
  std::string out = reader.contents(0);
  if (reader.behind().find_first_not_of('\0') != std::string_view::npos)
    refuse_damage(packed, "bytes behind its end");
  return out;
}

std::string name_of(archive_entry* entry) {
  const char* name = archive_entry_pathname(entry);
  return name == nullptr ? "?" : name;
}

// A file, and not one of those that systems add: __MACOSX/._x.csv, .DS_Store.
bool is_of_interest(archive_entry* entry) {
  const std::string name = name_of(entry);
  const std::string_view last = std::string_view(name).substr(name.find_last_of('/') + 1);
  return archive_entry_filetype(entry) == AE_IFREG && !last.starts_with('.') &&
         !name.starts_with("__MACOSX/");
}

std::string list_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 8;
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i)
    shown.push_back(shortened(names[i], 40));
  return fmt::format("{}{}", fmt::join(shown, ", "), names.size() > most ? ", ..." : "");
}

// The document that an archive of these files is, and the way out; "" if it is none.
std::string document_of(const std::vector<std::string>& names, std::string_view path) {
  const auto holds = [&](std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  };
  const auto has_folder = [&](std::string_view folder) {
    return std::ranges::any_of(names, [&](const auto& name) { return name.starts_with(folder); });
  };
  if (holds("[Content_Types].xml") && (has_folder("xl/") || path.ends_with(".xlsx")))
    return "is an Excel file; save its sheet as CSV (in Excel: Save As, CSV UTF-8)";
  if (holds("[Content_Types].xml"))
    return fmt::format("is a {}; save the table that is in it as CSV",
                       has_folder("word/")  ? "Word document"
                       : has_folder("ppt/") ? "PowerPoint file"
                                            : "Microsoft Office file");
  if (holds("mimetype") && holds("content.xml"))
    return "is an OpenDocument file; save its sheet as CSV (in LibreOffice: Save As, Text CSV)";
  if (std::ranges::all_of(names, [](const auto& name) { return name.ends_with(".npy"); }))
    return fmt::format(
        "is an .npz file of {} arrays ({}); unpack it with unzip, and name the folder",
        names.size(), list_of(names));
  return "";
}

[[noreturn]] void refuse_files(const Packed& packed, const std::vector<std::string>& names) {
  if (names.empty())
    throw DataError({packed.name}, "is a ZIP archive without a file in it; pack it again");
  if (const std::string what = document_of(names, packed.name); !what.empty())
    throw DataError({packed.name}, what);
  throw DataError({packed.name},
                  fmt::format("is a ZIP archive of {} files ({}); unpack it, and name one of them",
                              names.size(), list_of(names)));
}

archive_entry* next_file(Reader& reader) {
  archive_entry* entry = reader.next();
  while (entry != nullptr && !is_of_interest(entry)) entry = reader.next();
  return entry;
}

std::string unpack_zip(const Packed& packed) {
  const Utf8Locale locale;
  std::vector<std::string> names;
  if (packed.packing.beginning == empty_zip) refuse_files(packed, names);
  Reader list(packed);
  while (archive_entry* entry = next_file(list)) names.push_back(name_of(entry));
  if (names.size() != 1 || names[0] == "[Content_Types].xml") refuse_files(packed, names);
  Reader reader(packed);
  archive_entry* entry = next_file(reader);
  if (archive_entry_is_encrypted(entry) != 0)
    throw DataError({packed.name},
                    "is a ZIP archive with a password; unpack it, and name what comes out");
  const la_int64_t claim = archive_entry_size(entry);
  return reader.contents(static_cast<std::size_t>(std::max<la_int64_t>(claim, 0)));
}

}  // namespace

std::string unpacked(std::string bytes, const std::string& name) {
  constexpr int most_layers = 2;
  const std::size_t file_size = bytes.size();
  for (int layer = 0; const Packing* packing = packing_of(bytes); ++layer) {
    if (layer == most_layers)
      throw DataError({name}, "is packed more than twice; unpack it, and name what comes out");
    const Packed packed{bytes, *packing, name, file_size};
    bytes = packing->name == "gzip"                  ? unpack_gzip(packed)
            : packing->filter == ARCHIVE_FILTER_NONE ? unpack_zip(packed)
                                                     : unpack_stream(packed);
  }
  return bytes;
}

std::string_view without_packing(std::string_view name) {
  for (const Packing& packing : packings)
    if (name.ends_with(packing.ending) && name.size() > packing.ending.size())
      return name.substr(0, name.size() - packing.ending.size());
  return name;
}

}  // namespace chainrule
