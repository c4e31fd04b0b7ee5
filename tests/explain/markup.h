// A page read by Expat, which accepts well-formed XML only, as a tree.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <expat.h>

namespace chainrule {

struct MarkupElement {
  std::string name{};
  std::map<std::string, std::string> attributes{};
  std::string text{};  // of its children too
  std::vector<MarkupElement> children{};

  std::string attribute(const std::string& key) const {
    const auto found = attributes.find(key);
    return found == attributes.end() ? "" : found->second;
  }

  // Everything below it (and itself) of this name, in order; with this class, if one is given.
  std::vector<const MarkupElement*> all(const std::string& wanted,
                                        const std::string& css = "") const {
    std::vector<const MarkupElement*> found;
    const std::function<void(const MarkupElement&)> visit = [&](const MarkupElement& element) {
      const std::string classes = " " + element.attribute("class") + " ";
      if (element.name == wanted &&
          (css.empty() || classes.find(" " + css + " ") != std::string::npos))
        found.push_back(&element);
      for (const MarkupElement& child : element.children) visit(child);
    };
    visit(*this);
    return found;
  }
};

// Throws std::runtime_error with the line of the first thing that is not well-formed.
inline MarkupElement parse_markup(const std::string& page) {
  std::vector<MarkupElement> open(1);
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate("UTF-8"), XML_ParserFree);
  XML_SetUserData(parser.get(), &open);
  XML_SetElementHandler(
      parser.get(),
      [](void* data, const char* name, const char** attributes) {
        MarkupElement element{.name = name};
        for (; *attributes != nullptr; attributes += 2)
          element.attributes[attributes[0]] = attributes[1];
        static_cast<std::vector<MarkupElement>*>(data)->push_back(std::move(element));
      },
      [](void* data, const char*) {
        auto& elements = *static_cast<std::vector<MarkupElement>*>(data);
        MarkupElement closed = std::move(elements.back());
        elements.pop_back();
        elements.back().text += closed.text;
        elements.back().children.push_back(std::move(closed));
      });
  XML_SetCharacterDataHandler(parser.get(), [](void* data, const char* text, int length) {
    static_cast<std::vector<MarkupElement>*>(data)->back().text.append(
        text, static_cast<std::size_t>(length));
  });
  if (XML_Parse(parser.get(), page.data(), static_cast<int>(page.size()), 1) == XML_STATUS_ERROR)
    throw std::runtime_error("line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) +
                             ": " + XML_ErrorString(XML_GetErrorCode(parser.get())));
  return std::move(open.front());
}

}  // namespace chainrule
