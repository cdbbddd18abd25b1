#pragma once

namespace spice {

struct vogels_abbott {
    struct state {
        float v = -0.06f, excitation = 0, inhibition = 0;
        int waits = 0;
    };

    static bool update(int, state& own, float dt, int, float) {
        bool spikes = false;
        if (--own.waits <= 0) {
            if (own.v > -0.05f) {
                own = {-0.06f, own.excitation, own.inhibition, 50};
                spikes = true;
            } else {
                const float drive = -0.06f - own.v + 0.02f - own.excitation * own.v + own.inhibition * (-0.08f - own.v);
                own.v += drive * dt / 0.02f;
            }
        }
        own.excitation -= own.excitation * dt / 0.005f;
        own.inhibition -= own.inhibition * dt / 0.01f;
        return spikes;
    }

    static void receive(int source, state& own, int n) {
        const float unit = 16e6f / (static_cast<float>(n) * static_cast<float>(n));
        if (source < 4 * n / 5) own.excitation += 0.4f * unit;
        else own.inhibition += 5.1f * unit;
    }
};

}  // namespace spice
