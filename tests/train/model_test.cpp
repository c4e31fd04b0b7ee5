#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "chainrule/train.h"
#include "train/loop/steps.h"

namespace chainrule {
namespace {

TEST(Model, KeepsItsWeightsWhenGivenOnesThatDoNotFit) {
  Model model({nn::Dense{2}}, loss_named("mean_squared_error"), 3, {.seed = 1});
  const auto before = model.weights();
  EXPECT_EQ(model.parameter_count(), 8);
  EXPECT_THROW(model.set_weights({{"dense1.weight", Tensor({2, 3})}}), UsageError);
  EXPECT_THROW(
      model.set_weights({{"dense1.weight", Tensor({3, 2})}, {"dense1.bias", Tensor(Shape{2})}}),
      UsageError);
  EXPECT_EQ(model.weights(), before);
}

TEST(Model, RefusesTheWeightsOfANetworkOfAnotherDepth) {
  const auto model = [](std::initializer_list<nn::Layer> layers) {
    return Model(nn::Sequential(layers), loss_named("mean_squared_error"), 3, {.seed = 1});
  };
  Model shallow = model({nn::Dense{3}}), deep = model({nn::Dense{3}, nn::Dense{3}});
  const auto before = shallow.weights();
  EXPECT_THROW(deep.set_weights(shallow.weights()), UsageError);
  try {
    shallow.set_weights(deep.weights());
    ADD_FAILURE() << "it was accepted";
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "a value was given for dense2.bias, which the network does not have; give the "
                 "weights of a network with the same layers");
  }
  EXPECT_EQ(shallow.weights(), before);
}

TEST(Variables, AreSetWholeOrNotAtAll) {
  Session session, larger;
  Graph graph, with_one_more;
  for (Graph* one : {&graph, &with_one_more})
    one->output("y", one->variable("w", {2}) + one->constant(1, {2}));
  with_one_more.output("z", with_one_more.variable("v", {2}) + with_one_more.constant(1, {2}));
  const Program program(graph, session), larger_program(with_one_more, larger);
  const auto before = variables_of(session);
  EXPECT_THROW(set_variables(larger, before), UsageError) << "one is missing";
  EXPECT_THROW(set_variables(session, variables_of(larger)), UsageError) << "one is too many";
  EXPECT_EQ(variables_of(session), before);
}

// Names are kept by whoever they are given to, however short the string lived.
TEST(Names, OfLossesAndActivationsMayBeMadeOnTheSpot) {
  const auto padded = [](const std::string& name) { return name + std::string(0, ' '); };
  const Loss loss{padded("binary_cross_entropy")};
  const nn::Activation activation{padded("leaky_relu")};
  const std::vector<std::string> other(100, std::string(20, '#'));  // where the strings were
  EXPECT_EQ(loss.name, "binary_cross_entropy");
  EXPECT_EQ(activation.name, "leaky_relu");
  EXPECT_NO_THROW(Model({nn::Dense{4, activation}, nn::Dense{1}}, loss, 2));
}

}  // namespace
}  // namespace chainrule
