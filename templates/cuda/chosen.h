// Where what is chosen becomes synapses, and the memory that it takes meanwhile.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include "connecting.h"
#include "device_memory.h"
#include "shapes.h"

namespace eqsim {

// The partner that a column of a row is, counted as its group counts.
__device__ inline int64_t partner_of(const eqsim_rule& rule, int64_t row, int64_t column) {
    const int64_t partner = rule.start + rule.step * column + rule.slope * row, own = row + rule.shift;
    return partner + (rule.own == EQSIM_OWN_SKIPPED && own >= rule.start && partner >= own);
}

// The targets of synapses, source by source. Where rows are sources, each has its place. Where rows are targets, those of a
// source come in any order, and are sorted when all are there.
template <class T> struct Chosen {
    T* targets;
    int64_t n;
    int64_t first_target;
    const int32_t* begin;  // NULL if rows are sources
    int32_t* filled;       // how many of each source are there
};

template <class T> __device__ inline void put(const Chosen<T>& chosen, int64_t place, int64_t row, int64_t partner) {
    int64_t target = partner;
    if (chosen.begin != nullptr) {
        target = row;
        place = chosen.begin[partner] + atomicAdd(&chosen.filled[partner], 1);
    }
    if (place < chosen.n) chosen.targets[place] = (T)(target + chosen.first_target);
}

// What is worked on at a time; a network that has less takes less.
constexpr int64_t tiles_at_once = 65536, pieces_at_once = 262144, drawn_at_once = INT64_C(1) << 24;
constexpr int64_t drawn_of_tile = 1024;

// Memory of the device while the targets of one rule are made.
struct Room {
    int64_t tiles, pieces, drawn;  // for how many there is room

    int64_t *reached, *places;  // of tiles, or of pieces
    int64_t* carried;

    // of rows
    int64_t *ends, *shifts;
    double* parameters;
    int32_t* members;

    // of sources
    int32_t *begin, *filled;

    // of pieces
    int32_t *rows, *columns, *sizes, *missing;
    int64_t *offsets, *firsts;

    int32_t* found;  // what is drawn
};

// Plan the memory for a rule that makes `n` synapses.
inline void want(Allocator& memory, const char* name, Room& room, const eqsim_rule& rule, int64_t n) {
    const bool by_chance = rule.law == EQSIM_CHANCE && rule.parameters != nullptr, samples = rule.law == EQSIM_SAMPLE;
    const int64_t all = n + rule.rows, rows = by_chance ? rule.rows : 0, sources = rule.by_target ? rule.partners : 0;
    room.tiles = samples ? 0 : least(tiles_at_once, quotient_up(all, drawn_of_tile) + 1);
    room.pieces = samples ? least(pieces_at_once, rule.rows + all / 4096 + 1) : 0;
    room.drawn = samples ? least(drawn_at_once, all) : 0;
    const int64_t scanned = greatest(room.tiles, room.pieces);
    memory.want(name, room.reached, scanned);
    memory.want(name, room.places, scanned);
    memory.want(name, room.carried, 2);
    memory.want(name, room.ends, rule.lengths == nullptr || samples ? 0 : rule.rows);
    memory.want(name, room.shifts, rows);
    memory.want(name, room.parameters, rows);
    memory.want(name, room.members, rows);
    memory.want(name, room.begin, rule.by_target ? sources + 1 : 0);
    memory.want(name, room.filled, sources);
    memory.want(name, room.rows, room.pieces);
    memory.want(name, room.columns, room.pieces);
    memory.want(name, room.sizes, room.pieces);
    memory.want(name, room.missing, room.pieces);
    memory.want(name, room.offsets, room.pieces);
    memory.want(name, room.firsts, room.pieces);
    memory.want(name, room.found, room.drawn);
}

}  // namespace eqsim
