#pragma once

#include <spice/util/layout.h>

#include <random>
#include <vector>

namespace spice::cuda {

// A model has a state of one neuron, and tells how many neurons there are in all.
template <class Model> class snn {
public:
    snn(const util::layout& layout, float dt, int delay = 1) : dt_(dt), ring_(static_cast<std::size_t>(delay)) {
        std::vector<std::size_t> first{0};
        for (const std::size_t size : layout.sizes) first.push_back(first.back() + size);
        neurons_.resize(first.back());
        targets_.resize(first.back());
        for (const auto& [from, to, p] : layout.edges) {
            std::geometric_distribution<long long> gap(static_cast<double>(p));
            for (std::size_t i = first[from]; i < first[from + 1]; ++i) {
                const long long size = static_cast<long long>(layout.sizes[to]);
                for (long long j = gap(random_); j < size; j += 1 + gap(random_)) targets_[i].push_back(static_cast<int>(first[to]) + static_cast<int>(j));
            }
        }
    }

    void step(std::vector<int>* out = nullptr) {
        std::vector<int>& spiked = ring_[now_ % ring_.size()];
        const int n = static_cast<int>(neurons_.size());
        // Those that spiked as many steps ago as the delay arrive first.
        for (const int source : spiked) {
            for (const int target : targets_[static_cast<std::size_t>(source)]) Model::receive(source, neurons_[static_cast<std::size_t>(target)], n);
        }
        spiked.clear();
        for (int i = 0; i < n; ++i) {
            if (Model::update(i, neurons_[static_cast<std::size_t>(i)], dt_, n, uniform_(random_))) spiked.push_back(i);
        }
        if (out != nullptr) *out = spiked;
        ++now_;
    }

    std::size_t num_synapses() const {
        std::size_t all = 0;
        for (const auto& row : targets_) all += row.size();
        return all;
    }

private:
    float dt_;
    std::vector<std::vector<int>> ring_;
    std::vector<std::vector<int>> targets_;
    std::vector<typename Model::state> neurons_;
    std::size_t now_ = 0;
    std::mt19937 random_{1};
    std::uniform_real_distribution<float> uniform_{0.0f, 1.0f};
};

}  // namespace spice::cuda
