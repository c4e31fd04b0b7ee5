// The tables that the project carries.
#pragma once

#include <string>

namespace chainrule {

inline const std::string project_data = CHAINRULE_SOURCE_DIR "/data/";
inline const std::string iris = project_data + "iris.csv", diabetes = project_data + "diabetes.csv";

}  // namespace chainrule
