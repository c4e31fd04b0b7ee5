// Every error of a network file names file, line and column, the rule, and the way out.
#include <gtest/gtest.h>

#include "data/temporary_folder.h"
#include "train/marked.h"
#include "train/network/network_file.h"

namespace chainrule {
namespace {

// In all of these, ^ marks the place that the error must name.
void expect_refusal(const std::string& with_mark, const std::string& message) {
  expect_refused(with_mark, message,
                 [](const std::string& text) { parse_network(text, "net.toml"); });
}

const std::string head = "[network]\ninput = 2\n";
const std::string dense_layer = "[[network.layer]]\ntype = \"dense\"\nunits = 2\n";
const std::string net = head + dense_layer;

TEST(NetworkErrors, PointAtTheFrame) {
  expect_refusal("[network]\ninput = ^\n",
                 "this is no TOML: Error while parsing key-value pair: expected value, saw '\\n'; "
                 "mend the line");
  expect_refusal("^[loss]\ntype = \"huber\"\n",
                 "there is no [network]; start with [network] and input = 2, then add "
                 "[[network.layer]]");
  expect_refusal("network = ^3\n", "network is a number; write it as a table, [network]");
  expect_refusal(net + "[^lose]\n", "the file has no key \"lose\"; did you mean \"loss\"?");
  expect_refusal("[network]\n^inputs = 2\n" + dense_layer,
                 "[network] has no key \"inputs\"; did you mean \"input\"?");
  expect_refusal("[network]\ninput = ^\"two\"\n" + dense_layer,
                 "input is \"two\"; give a whole number");
  expect_refusal("[network]\ninput = ^2.0\n" + dense_layer, "input is 2; give a whole number");
  expect_refusal("[network]\ninput = ^0\n" + dense_layer,
                 "input = 0; it must be from 1 to 10000000");
  expect_refusal("[network]\ninput = ^1979-05-27\n" + dense_layer,
                 "input is a date or time; give a whole number");
  expect_refusal(head + "seed = ^-1\n" + dense_layer,
                 "seed = -1; it must be from 0 to 9223372036854775807");
  const std::string no_layer =
      "[network] has no layer; add [[network.layer]] with type = \"dense\"";
  expect_refusal("^[network]\ninput = 2\n", no_layer);
  expect_refusal("^[network]\ninput = 2\nlayer = []\n", no_layer);
  expect_refusal(head + "layer = ^2\n",
                 "layer is a number; begin each layer with [[network.layer]], in two pairs of "
                 "brackets");
  expect_refusal(head + "^[network.layer]\ntype = \"dense\"\nunits = 2\n",
                 "layer is a table; begin each layer with [[network.layer]], in two pairs of "
                 "brackets");
}

TEST(NetworkErrors, PointIntoALayer) {
  expect_refusal(head + "^[[network.layer]]\nunits = 2\n",
                 "layer 1 has no type; add type = \"dense\"");
  expect_refusal(head + "[[network.layer]]\ntype = ^3\n", "type is 3; give a word in quotes");
  expect_refusal(net + "[[network.layer]]\ntype = ^\"dens\"\n",
                 "there is no layer type \"dens\"; did you mean \"dense\"?");
  expect_refusal(net + "^[[network.layer]]\ntype = \"dense\"\n",
                 "layer 2 has no units; add units = 2");
  expect_refusal(head + "[[network.layer]]\ntype = \"dense\"\nunits = ^-4\n",
                 "units = -4; it must be from 1 to 10000000");
  expect_refusal(
      net + "^rate = 0.5\n",
      "layer 1 (dense) has no key \"rate\"; known are \"type\", \"units\", "
      "\"activation\", \"init\", \"bias\", \"shared_bias\", \"weight\", \"name\", \"input\", "
      "\"inputs\", \"shares\", \"trainable\" and 2 more");
  expect_refusal(net + "activation = ^\"sigmod\"\n",
                 "there is no activation \"sigmod\"; did you mean \"sigmoid\"?");
  expect_refusal(net + "init = ^\"xaviar\"\n",
                 "there is no initialiser \"xaviar\"; did you mean \"xavier\"?");
  expect_refusal(net + "[[network.layer]]\ntype = \"dropout\"\nrate = ^1.0\n" + dense_layer,
                 "rate = 1; it must be at least 0 and below 1");
  expect_refusal(net + "^[[network.layer]]\ntype = \"dropout\"\n" + dense_layer,
                 "layer 2 has no rate; add rate = 0.2");
  expect_refusal(net + "^[[network.layer]]\ntype = \"dropout\"\nrate = 0.5\n",
                 "the network ends in dropout; put a dense layer after it");
  expect_refusal(net + "^[[network.layer]]\ntype = \"activation\"\n",
                 "layer 2 has no activation; add activation = \"relu\"");
  expect_refusal(net + "[[network.layer]]\ntype = \"activation\"\n^units = 2\n",
                 "layer 2 (activation) has no key \"units\"; known are \"type\", \"activation\", "
                 "\"name\", \"input\", \"inputs\", \"shares\", \"trainable\", "
                 "\"learning_rate_factor\", \"weight_decay\"");
}

TEST(NetworkErrors, PointIntoAGroupOfParameters) {
  const std::string group = "[[network.parameters]]\n";
  expect_refusal(head + "parameters = ^3\n" + dense_layer,
                 "parameters is a number; begin each group with [[network.parameters]], in two "
                 "pairs of brackets");
  expect_refusal(net + "^" + group + "trainable = false\n",
                 "[[network.parameters]] has no match; add match = \"*.bias\"");
  expect_refusal(net + group + "match = ^3\n", "match is 3; give a word in quotes");
  expect_refusal(net + group + "match = \"*\"\n^rate = 3\n",
                 "[[network.parameters]] has no key \"rate\"; known are \"match\", "
                 "\"learning_rate_factor\", \"weight_decay\", \"weight_decay_factor\", "
                 "\"trainable\"");
  expect_refusal(net + "^" + group + "match = \"dense2.*\"\n",
                 "no parameter matches \"dense2.*\"; known are \"dense1.weight\", "
                 "\"dense1.bias\"");
  expect_refusal(net + "^" + group + "match = \"*\"\nlearning_rate_factor = -1\n",
                 "parameters that match \"*\": learning_rate_factor = -1; it must be above 0 and "
                 "finite");
  expect_refusal(net + group + "match = \"*\"\nweight_decay_factor = 2\nweight_decay = ^true\n",
                 "there is a weight_decay_factor too; leave one of them out");
}

TEST(NetworkErrors, PointIntoPlacesAndPictures) {
  const std::string picture = "[network]\ninput = [1, 4, 4]\n";
  const auto conv = [](const std::string& rest) {
    return "[[network.layer]]\ntype = \"conv2d\"\nchannels = 2\n" + rest;
  };
  expect_refusal("[network]\ninput = ^[1, 2, 3, 4]\n" + dense_layer,
                 "input has 4 extents; give a number of features, such as 784, or [channels, "
                 "height, width], such as [1, 28, 28]");
  expect_refusal(picture + conv("kernel = ^[1, 2, 3]\n"),
                 "kernel has 3 numbers; give one, or two, [height, width]");
  expect_refusal(picture + conv("kernel = [1, ^0]\n"), "kernel = 0; it must be from 1 to 1000000");
  expect_refusal(
      picture + "^" + conv("kernel = 5\n"),
      "conv2d1: conv2d: along the height, a window reaches over 5 numbers, but the image "
      "has 4 with its padding; make the window smaller or the padding 1 wider.");
  expect_refusal("[network]\ninput = 16\n^" + conv(""),
                 "conv2d1 takes pictures, [channels, height, width], and gets rows of shape [16]. "
                 "Set input = [1, 28, 28], say, or put it in front of the layers that make rows of "
                 "features.");
  expect_refusal(picture + conv("") + "^" + conv("groups = 4\n"),
                 "channels = 2 can't be divided into 4 groups");
  expect_refusal(picture + conv("name = \"a\"\n") + "^" + conv("input = \"b\"\n"),
                 "conv2d2 reads \"b\", and no layer before it has that name; did you mean "
                 "\"a\"?");
}

TEST(NetworkErrors, PointIntoWeights) {
  expect_refusal(net + "weight = ^[[1, 2]]\n",
                 "weight has 1 rows, but layer 1 has 2 units; give one row per unit");
  expect_refusal(net + "weight = [[1, 2],\n ^[3, 4, 5]]\n",
                 "row 2 of weight has 3 numbers, but layer 1 takes 2 inputs (input = 2); give one "
                 "number per input");
  expect_refusal(net + dense_layer + "weight = [[1, 2], ^[3]]\n",
                 "row 2 of weight has 1 numbers, but layer 2 takes 2 inputs (units of layer 1 = "
                 "2); give one number per input");
  expect_refusal("[network]\n" + dense_layer + "weight = [[1, 2, 3], ^[4, 5]]\n",
                 "row 2 of weight has 2 numbers, but layer 1 takes 3 inputs (numbers in row 1: "
                 "3); give one number per input");
  expect_refusal(net + "weight = [[1, 2], [3, ^\"4\"]]\n",
                 "number 2 of row 2 of weight is \"4\"; give a number");
  expect_refusal(net + "weight = [[1, 2], [^nan, 4]]\n",
                 "number 1 of row 2 of weight is nan; give a finite number");
  expect_refusal(net + "weight = [[1, ^-inf], [3, 4]]\n",
                 "number 2 of row 1 of weight is -inf; give a finite number");
  expect_refusal(net + "weight = [^1, 2]\n",
                 "row 1 of weight is 1; give a list in brackets, such as [0.1, 0.2]");
  expect_refusal(net + "bias = ^0.5\n",
                 "bias must be true, false, or the values, such as [0.35, 0.35]");
  expect_refusal(net + "bias = ^[1, 2, 3]\n",
                 "bias has 3 numbers, but layer 1 has 2 units; give one per unit");
}

TEST(NetworkErrors, PointIntoLossAndOptimizer) {
  expect_refusal(net + "^[loss]\n", "[loss] has no type; add type = \"half_squared_error\"");
  expect_refusal(net + "[loss]\ntype = ^\"cross_entropi\"\n",
                 "there is no loss \"cross_entropi\"; did you mean \"cross_entropy\"?");
  expect_refusal(net + "[loss]\ntype = \"mean_squared_error\"\n^delta = 1\n",
                 "[loss] of type \"mean_squared_error\" has no key \"delta\"; known are \"type\"");
  expect_refusal(net + "[loss]\ntype = \"huber\"\ndelta = ^0\n",
                 "huber: delta = 0; it must be above 0 and finite.");
  expect_refusal(net + "activation = \"tanh\"\n^[loss]\ntype = \"cross_entropy\"\n",
                 "cross_entropy: the network ends in tanh, but the loss starts from logits. Set "
                 "the last activation to softmax or identity.");
  expect_refusal(
      head + "[[network.layer]]\ntype = \"dense\"\nunits = 1\n^[loss]\ntype = \"cross_entropy\"\n",
      "cross_entropy: the network has 1 output, and softmax of a single number is always 1. Use "
      "binary_cross_entropy, or an output per class.");
  expect_refusal(net + "^[optimizer]\nlearning_rate = 1\n",
                 "[optimizer] has no type; add type = \"sgd\"");
  expect_refusal(net + "[optimizer]\ntype = ^\"adm\"\n",
                 "there is no optimizer \"adm\"; did you mean \"adam\"?");
  expect_refusal(net + "[optimizer]\ntype = \"sgd\"\n^lr = 1\n",
                 "[optimizer] of type \"sgd\" has no key \"lr\"; known are \"type\", "
                 "\"learning_rate\", \"momentum\", \"nesterov\", \"weight_decay\"");
  expect_refusal(net + "[optimizer]\ntype = \"adam\"\nlearning_rate = ^-0.1\n",
                 "adam: learning_rate = -0.1; it must be above 0 and finite.");
  expect_refusal(net + "[optimizer]\ntype = \"rmsprop\"\ndecay = ^1\n",
                 "rmsprop: decay = 1; it must be at least 0 and below 1.");
  expect_refusal(net + "[optimizer]\ntype = \"sgd\"\nmomentum = 0.9\nnesterov = ^1\n",
                 "nesterov is 1; give true or false");
  expect_refusal(net + "^[optimizer]\ntype = \"sgd\"\nnesterov = true\n",
                 "sgd: nesterov = true needs a momentum. Set momentum = 0.9, or nesterov = false.");
}

TEST(NetworkErrors, PointIntoTheExample) {
  expect_refusal(net + "^[example]\ntarget = [1, 2]\n",
                 "[example] has no input; add input = [0.1, 0.2]");
  expect_refusal(net + "^[example]\ninput = [1, 2]\n",
                 "[example] has no target; add target = [0.4, 0.6]");
  expect_refusal(net + "[example]\ninput = ^[1, 2, 3]\ntarget = [1, 2]\n",
                 "the example's input has 3 numbers, but the network takes 2; give one number per "
                 "input");
  expect_refusal(net + "[example]\ninput = [1, 2]\ntarget = ^[1]\n",
                 "the example's target has 1 numbers, but the network has 2 outputs; give one "
                 "number per output");
  expect_refusal(net +
                     "[loss]\ntype = \"cross_entropy\"\n"
                     "[example]\ninput = [1, 2]\ntarget = ^[0.5, 0.6]\n",
                 "cross_entropy needs a target that is a distribution, numbers from 0 to 1 that "
                 "sum to 1, but they sum to 1.1; give 1 to the true class and 0 to the others");
  expect_refusal(net +
                     "[loss]\ntype = \"binary_cross_entropy\"\n"
                     "[example]\ninput = [1, 2]\ntarget = ^[0, 2]\n",
                 "binary_cross_entropy needs targets from 0 to 1; give probabilities");
}

TEST(NetworkErrors, NameAFileThatIsNotThere) {
  const TemporaryFolder folder;
  folder.write("net.toml", net);
  EXPECT_EQ(message_of<DataError>([&] { read_network_file(folder.file("nte.toml")); }, folder),
            "nte.toml: there is no such file; did you mean \"net.toml\"?");
}

}  // namespace
}  // namespace chainrule
