// One measurement of Spice: a network made, looked at, measured; figures as a line of JSON.
//
// spice_networks vogels_abbott|brunel_poisson NEURONS STEPS ROUNDS
//
// It uses what Spice offers to programs: its networks on a device, its two models, its layouts. The networks are those of
// network_models.py. The first run of the steps is looked at, and those after it are measured.
#include <spice/cuda/snn.h>
#include <spice/cuda/util/device.h>
#include <spice/models/brunel.h>
#include <spice/models/vogels_abbott.h>
#include <spice/util/layout.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

constexpr float step = 0.0001f;  // seconds

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void wait() { spice::cuda::util::device::active().synchronize(); }

// The intervals between spikes of a neuron.
struct Intervals {
    int last = -1;
    int count = 0;
    double sum = 0, squares = 0;

    void add(int at) {
        if (last >= 0) {
            const double interval = at - last;
            ++count;
            sum += interval;
            squares += interval * interval;
        }
        last = at;
    }

    double variation() const {
        const double mean = sum / count;
        return std::sqrt(std::max(0.0, squares / count - mean * mean)) / mean;
    }
};

// Neurons before the first are inputs.
template <class Model> void measure(const spice::util::layout& layout, int delay, int neurons, int first, int steps, int rounds) {
    const double began = now();
    spice::cuda::snn<Model> network(layout, step, delay);
    wait();
    const double construction = now() - began;

    std::vector<Intervals> intervals(static_cast<std::size_t>(neurons));
    std::vector<int> spiked;
    long long spikes = 0;
    for (int each = 0; each < steps; ++each) {
        spiked.clear();
        network.step(&spiked);
        for (const int neuron : spiked) {
            if (neuron < first) continue;
            ++spikes;
            intervals[static_cast<std::size_t>(neuron)].add(each);
        }
    }
    double variation = 0;
    int irregular = 0;
    for (const Intervals& own : intervals) {
        if (own.count < 2) continue;
        variation += own.variation();
        ++irregular;
    }

    std::vector<double> seconds;
    for (int round = 0; round < rounds; ++round) {
        const double start = now();
        for (int each = 0; each < steps; ++each) network.step();
        wait();
        seconds.push_back(now() - start);
    }
    std::sort(seconds.begin(), seconds.end());
    std::printf("{\"construction\": %.6g, \"simulation\": %.6g, \"simulation_low\": %.6g, \"simulation_high\": %.6g", construction,
                seconds[seconds.size() / 2], seconds.front(), seconds.back());
    std::printf(", \"spikes\": %lld, \"synapses\": %.0f", spikes, static_cast<double>(network.num_synapses()));
    if (irregular > 0) std::printf(", \"cv\": %.6g", variation / irregular);
    std::printf("}\n");
}

}  // namespace

int main(int count, char** given) {
    if (count != 5 || std::atoi(given[2]) < 2 || std::atoi(given[3]) < 1 || std::atoi(given[4]) < 1) {
        std::fprintf(stderr, "usage: %s vogels_abbott|brunel_poisson NEURONS STEPS ROUNDS\n", given[0]);
        return 2;
    }
    const std::string name = given[1];
    const int neurons = std::atoi(given[2]), steps = std::atoi(given[3]), rounds = std::atoi(given[4]);
    const std::size_t half = static_cast<std::size_t>(neurons / 2);
    if (name == "vogels_abbott") {
        const spice::util::layout all(static_cast<std::size_t>(neurons), 0.02f);
        measure<spice::vogels_abbott>(all, 8, neurons, 0, steps, rounds);
    } else if (name == "brunel_poisson") {
        const spice::util::layout both({half, half}, {{0, 1, 0.1f}, {1, 1, 0.1f}});
        measure<spice::brunel>(both, 15, 2 * static_cast<int>(half), static_cast<int>(half), steps, rounds);
    } else {
        std::fprintf(stderr, "no network %s\n", name.c_str());
        return 2;
    }
    return 0;
}
