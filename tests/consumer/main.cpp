// Uses the installed library through its public headers alone.
#include <chainrule/tensor.h>

#include <iostream>

int main() {
  const auto batch = chainrule::Tensor::filled(chainrule::Shape{64, 128}, 0.5f);
  std::cout << "a tensor of shape " << batch.shape.to_string() << '\n';
  return batch.shape.to_string() == "[64, 128]" && batch.values.size() == 64 * 128 ? 0 : 1;
}
