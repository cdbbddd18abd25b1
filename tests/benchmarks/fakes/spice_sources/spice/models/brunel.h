#pragma once

namespace spice {

// The first half of the neurons are inputs.
struct brunel {
    struct state {
        float v = 0;
        int waits = 0;
    };

    static bool update(int i, state& own, float dt, int n, float uniform) {
        if (i < n / 2) return uniform < 20 * dt;
        if (--own.waits > 0) return false;
        if (own.v > 0.02f) {
            own = {0, 20};
            return true;
        }
        own.v -= own.v * dt / 0.02f;
        return false;
    }

    static void receive(int source, state& own, int n) {
        if (own.waits > 0) return;
        own.v += (source < 9 * n / 10 ? 0.0001f : -0.0005f) * 20000 / static_cast<float>(n);
    }
};

}  // namespace spice
