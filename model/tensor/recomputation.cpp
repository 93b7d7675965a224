// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/tensor/recomputation.h"

#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

namespace dali {
namespace {

using TensorFunction = std::function<at::Tensor(const at::Tensor& input)>;

thread_local bool is_in_first_pass = false;

class FirstPass {
 public:
  FirstPass() : was_in_one_(is_in_first_pass) { is_in_first_pass = true; }
  ~FirstPass() { is_in_first_pass = was_in_one_; }
  FirstPass(const FirstPass&) = delete;
  FirstPass& operator=(const FirstPass&) = delete;

 private:
  const bool was_in_one_;
};

// What an AutogradContext can hold beside tensors is an object of this kind.
struct KeptFunction : torch::CustomClassHolder {
  explicit KeptFunction(TensorFunction kept) : function(std::move(kept)) {}
  TensorFunction function;
};

struct Recomputation : torch::autograd::Function<Recomputation> {
  // LibTorch calls this without recording gradients.
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                            const TensorFunction& function) {
    context->save_for_backward({input});
    context->saved_data["function"] =
        c10::IValue::make_capsule(c10::make_intrusive<KeptFunction>(function));
    const FirstPass first_pass;
    return function(input);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto kept = context->saved_data["function"].toCapsule();
    const c10::AutoGradMode with_gradients(true);
    const auto input = context->get_saved_variables().front().detach().requires_grad_();
    const auto output = static_cast<const KeptFunction&>(*kept).function(input);
    torch::autograd::backward({output}, {gradients.front()});
    return {input.grad(), at::Tensor()};
  }
};

}  // namespace

bool will_be_computed_again() {
  return is_in_first_pass;
}

at::Tensor recomputed(const TensorFunction& function, const at::Tensor& input) {
  const bool needs_gradient = c10::GradMode::is_enabled() && input.requires_grad();
  return needs_gradient ? Recomputation::apply(input, function) : function(input);
}

}  // namespace dali
