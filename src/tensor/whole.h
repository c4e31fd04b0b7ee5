// Tensors are plain: anyone may leave their shape and their values apart.
#pragma once

#include "chainrule/tensor.h"

namespace chainrule {

// Throws UsageError unless there are as many values as the shape has elements.
template <class T>
void require_whole(const BasicTensor<T>& tensor);

extern template void require_whole(const BasicTensor<float>&);
extern template void require_whole(const BasicTensor<double>&);

}  // namespace chainrule
