// Backward passes, functions whose gradient is written in C#, and Adam over many tensors.
#include "shim.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/anomaly_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <cmath>
#include <type_traits>

using namespace shim;
using torch::autograd::Node;
using torch::autograd::variable_list;

namespace {

// Given the node's number and the gradients of its outputs, writes the gradients of its inputs (null: none).
using Backward = int (*)(int64_t id, void* const* grads, int count, void** results, int capacity);
using Release = void (*)(int64_t id);

Backward managed_backward;
Release managed_release;

variable_list list(void* const* handles, int count) {
    variable_list tensors;
    tensors.reserve(count);
    for (int i = 0; i < count; i++) tensors.push_back(handles[i] ? at_(handles[i]) : at::Tensor());
    return tensors;
}

// A node of the graph whose backward is C# code.
struct ManagedNode : Node {
    int64_t id = 0;
    bool materialize = true;
    std::string title;
    std::vector<torch::autograd::SavedVariable> saved;

    ~ManagedNode() override { managed_release(id); }

    std::string name() const override { return title; }

    void release_variables() override { saved.clear(); }

    variable_list apply(variable_list&& grads) override {
        std::vector<void*> given(grads.size()), results(num_outputs(), nullptr);
        for (size_t i = 0; i < grads.size(); i++) {
            if (!grads[i].defined() && materialize) grads[i] = input_metadata(i).zeros_like();
            given[i] = grads[i].defined() ? own(grads[i]) : nullptr;
        }
        // The callee owns the handles that it is given and passes on those that it returns.
        if (managed_backward(id, given.data(), static_cast<int>(given.size()), results.data(), static_cast<int>(results.size())) == Failed)
            throw ManagedError(id);
        variable_list gradients;
        gradients.reserve(results.size());
        for (void* handle : results) {
            gradients.push_back(handle ? at_(handle) : at::Tensor());
            delete static_cast<at::Tensor*>(handle);
        }
        return gradients;
    }
};

// Graphs hold their nodes by std::shared_ptr, and from libtorch 2.13 on by c10::intrusive_ptr. These are templates so that
// the branch that this libtorch does not know is never compiled.
using NodePointer = decltype(torch::autograd::Edge::function);
constexpr bool SharedNodes = std::is_same_v<NodePointer, std::shared_ptr<Node>>;

template <class T>
auto make_node() {
    if constexpr (SharedNodes) return std::shared_ptr<T>(new T, [](auto* node) { deleteNode(node); });
    else return c10::make_intrusive<T>();
}

template <class T>
NodePointer pointer_to(T* node) {
    if constexpr (SharedNodes) return node->shared_from_this();
    else return node->getptr();
}

bool contains(void* const* handles, int count, const at::Tensor& tensor) {
    for (int i = 0; i < count; i++)
        if (at_(handles[i]).is_same(tensor)) return true;
    return false;
}

}  // namespace

EXPORT void nl_function_callbacks(Backward backward, Release release) {
    managed_backward = backward;
    managed_release = release;
}

// Puts a C# function into the graph after its forward has run without gradients. `outputs` holds the results of forward
// and is overwritten by new handles to the tensors that carry the history. `node` is null when no gradient is wanted:
// then nothing was attached and the number is not released.
EXPORT int nl_function_attach(int64_t id, const char* name, int materialize, void* const* inputs, int input_count,
                              void** outputs, int output_count, void* const* dirty, int dirty_count,
                              void* const* constant, int constant_count, void* const* saved, int saved_count, void** node) {
    return guarded([&] {
        *node = nullptr;
        auto arguments = list(inputs, input_count);
        bool wanted = c10::GradMode::is_enabled() && torch::autograd::any_variable_requires_grad(arguments);
        decltype(make_node<ManagedNode>()) function;
        if (wanted) {
            function = make_node<ManagedNode>();
            function->id = id;
            function->title = name;
            function->materialize = materialize != 0;
            function->set_next_edges(torch::autograd::collect_next_edges(arguments));
        }
        auto results = list(outputs, output_count);
        auto original = results;
        for (auto& result : results) {
            if (!result.defined()) {
                if (wanted) function->add_input_metadata(Node::undefined_input());
                continue;
            }
            bool is_dirty = contains(dirty, dirty_count, result);
            bool is_input = contains(inputs, input_count, result);
            bool is_constant = contains(constant, constant_count, result) || !torch::autograd::isDifferentiableType(result.scalar_type());
            if (is_dirty) result.unsafeGetTensorImpl()->bump_version();
            // A view of an input, or an input handed through, gets an identity of its own.
            else if (is_input || result.is_view()) result = result.detach();
            if (!wanted) continue;
            if (is_constant) {
                function->add_input_metadata(Node::undefined_input());
            } else if (is_dirty) {
                TORCH_CHECK(!(result.is_leaf() && result.requires_grad()), "a leaf that requires a gradient was changed in place by ", name);
                auto number = function->add_input_metadata(result);
                torch::autograd::impl::rebase_history(result, {function, number});
            } else {
                torch::autograd::set_history(result, function);
            }
        }
        if (wanted) {
            for (int i = 0; i < saved_count; i++) {
                auto& tensor = at_(saved[i]);
                // A saved result is kept as the tensor with the history, without holding its own node alive.
                size_t k = 0;
                while (k < original.size() && !(original[k].defined() && original[k].is_same(tensor))) k++;
                if (k < original.size()) function->saved.emplace_back(results[k], true);
                else function->saved.emplace_back(tensor, false);
            }
            *node = function.get();
        }
        for (int i = 0; i < output_count; i++) outputs[i] = results[i].defined() ? own(results[i]) : nullptr;
    });
}

EXPORT int nl_function_saved(void* node, void** tensors, int capacity) {
    int count = 0;
    int status = guarded([&] {
        auto function = static_cast<ManagedNode*>(node);
        auto self = pointer_to(function);
        TORCH_CHECK(static_cast<int>(function->saved.size()) == capacity,
                    "the saved tensors of ", function->title, " were freed by an earlier backward; pass retain_graph: true to it");
        for (auto& variable : function->saved) tensors[count++] = own(variable.unpack(self));
    });
    return status == Failed ? Failed : count;
}

EXPORT int nl_backward(void* const* tensors, int count, void* const* grads, int grad_count, int retain_graph, int create_graph,
                       void* const* inputs, int input_count) {
    return guarded([&] {
        torch::autograd::backward(list(tensors, count), list(grads, grad_count), retain_graph != 0, create_graph != 0, list(inputs, input_count));
    });
}

EXPORT int nl_grad(void* const* outputs, int count, void* const* inputs, int input_count, void* const* grads, int grad_count,
                   int retain_graph, int create_graph, int allow_unused, void** results) {
    return guarded([&] {
        auto gradients = torch::autograd::grad(list(outputs, count), list(inputs, input_count), list(grads, grad_count),
                                               retain_graph != 0, create_graph != 0, allow_unused != 0);
        for (size_t i = 0; i < gradients.size(); i++) results[i] = gradients[i].defined() ? own(gradients[i]) : nullptr;
    });
}

EXPORT int nl_anomaly() { return torch::autograd::AnomalyMode::is_enabled(); }
EXPORT int nl_anomaly_checks_nan() { return torch::autograd::AnomalyMode::should_check_nan(); }
EXPORT void nl_set_anomaly(int on, int check_nan) { torch::autograd::AnomalyMode::set_enabled(on != 0, check_nan != 0); }

// --- Adam --------------------------------------------------------------------------------------------------------------

namespace {

struct AdamStep {
    double step_size, beta1, beta2, epsilon, weight_decay, root_correction, learning_rate;
    bool decoupled, maximize;
};

// One pass over the memory: the arithmetic is hidden behind the loads. Compiled for wide vectors, chosen at run time.
// c1 and c2 are 1 - b1 and 1 - b2, taken in double precision: in single, 1 - 0.999 is wrong in the fifth digit.
#if defined(__x86_64__)
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
void adam_range(float* __restrict p, const float* __restrict g, float* __restrict m, float* __restrict v,
                float* __restrict top, int64_t n, float sign, float shrink, float decay, float b1, float c1,
                float b2, float c2, float scale, float root, float epsilon) {
    if (top == nullptr) {
        for (int64_t i = 0; i < n; i++) {
            float x = p[i] * shrink;
            float gradient = sign * g[i] + decay * x;
            m[i] = b1 * m[i] + c1 * gradient;
            v[i] = b2 * v[i] + c2 * gradient * gradient;
            p[i] = x - scale * m[i] / (std::sqrt(v[i]) * root + epsilon);
        }
    } else {
        for (int64_t i = 0; i < n; i++) {
            float x = p[i] * shrink;
            float gradient = sign * g[i] + decay * x;
            m[i] = b1 * m[i] + c1 * gradient;
            v[i] = b2 * v[i] + c2 * gradient * gradient;
            top[i] = top[i] > v[i] ? top[i] : v[i];
            p[i] = x - scale * m[i] / (std::sqrt(top[i]) * root + epsilon);
        }
    }
}

bool plain(const at::Tensor& t) { return t.is_cpu() && t.scalar_type() == at::kFloat && t.is_contiguous(); }

void adam(at::Tensor& p, const at::Tensor& g, at::Tensor& m, at::Tensor& v, at::Tensor* top, const AdamStep& s) {
    double shrink = s.decoupled ? 1 - s.learning_rate * s.weight_decay : 1, decay = s.decoupled ? 0 : s.weight_decay;
    if (plain(p) && plain(g) && plain(m) && plain(v) && (!top || plain(*top))) {
        auto P = p.data_ptr<float>(), M = m.data_ptr<float>(), V = v.data_ptr<float>(), T = top ? top->data_ptr<float>() : nullptr;
        auto G = g.data_ptr<float>();
        at::parallel_for(0, p.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
            adam_range(P + begin, G + begin, M + begin, V + begin, T ? T + begin : nullptr, end - begin, s.maximize ? -1.f : 1.f,
                       static_cast<float>(shrink), static_cast<float>(decay), static_cast<float>(s.beta1), static_cast<float>(1 - s.beta1),
                       static_cast<float>(s.beta2), static_cast<float>(1 - s.beta2),
                       static_cast<float>(s.step_size), static_cast<float>(1 / s.root_correction), static_cast<float>(s.epsilon));
        });
        p.unsafeGetTensorImpl()->bump_version();
        return;
    }
    if (shrink != 1) p.mul_(shrink);
    auto gradient = s.maximize ? g.neg() : g;
    if (decay != 0) gradient = gradient.add(p, decay);
    m.mul_(s.beta1).add_(gradient, 1 - s.beta1);
    v.mul_(s.beta2).addcmul_(gradient, gradient, 1 - s.beta2);
    if (top) at::maximum_out(*top, *top, v);
    p.addcdiv_(m, (top ? *top : v).sqrt().div_(s.root_correction).add_(s.epsilon), -s.step_size);
}

}  // namespace

// One step of Adam (Kingma and Ba 2015, algorithm 1) or, when `decoupled`, of AdamW, over `count` parameters at once.
EXPORT int nl_adam(int count, void* const* parameters, void* const* grads, void* const* means, void* const* squares, void* const* maxima,
                   const int64_t* steps, double learning_rate, double beta1, double beta2, double epsilon, double weight_decay,
                   int decoupled, int maximize) {
    return guarded([&] {
        bool before = c10::GradMode::is_enabled();
        c10::GradMode::set_enabled(false);
        auto run = [&] {
            for (int i = 0; i < count; i++) {
                double correction1 = 1 - std::pow(beta1, steps[i]), correction2 = 1 - std::pow(beta2, steps[i]);
                AdamStep step{learning_rate / correction1, beta1, beta2, epsilon, weight_decay, std::sqrt(correction2), learning_rate, decoupled != 0, maximize != 0};
                adam(at_(parameters[i]), at_(grads[i]), at_(means[i]), at_(squares[i]), maxima && maxima[i] ? &at_(maxima[i]) : nullptr, step);
            }
        };
        try { run(); } catch (...) { c10::GradMode::set_enabled(before); throw; }
        c10::GradMode::set_enabled(before);
    });
}
