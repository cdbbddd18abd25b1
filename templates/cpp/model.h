// What main.cpp describes: arrays, records, clocks, parameters and checks of one model.
#pragma once

#include "arrays.h"
#include "quantities.h"

namespace standalone {

// Memory of the simulation, in the order in which it is bound.
struct Array {
    const char* name;
    const char* file;  // empty if a rule tells the values
    Type type;
    int32_t extent;  // number of the size, -1 for a single value
};

// The files of the rule (interface.h) by which an array is made; empty for what all rows have in common.
struct RuleFiles {
    int32_t array;
    const char* numbers;
    const char* lengths;
    const char* parameters;
    const char* begin;
};

struct Column {
    const char* name;
    const char* file;
    Type type;
    int32_t array;  // number of the array with the rows that a run begins with, -1 if there is none
};

// What a monitor records. With an extent, one row has a value for each element; else it is one value.
struct Record {
    const char* name;
    int32_t extent;
    std::vector<Column> columns;
};

// The arrays, by number, with the state of a clock; -1 for `times` if they are those of a grid.
struct Clock {
    const char* name;
    int32_t dt, timestep, end, times;
    const char* fixed;   // why its step cannot be changed; empty if it can
    double longest;      // the longest step that is possible, in seconds
    const char* limited;  // why
};

// A table of synapses by delay, with the numbers of its clock and of its arrays; -1 for `size`, `begin` and `entries` where
// one delay is that of all.
struct Delays {
    const char* name;
    int32_t clock;
    const char* file;  // with the delays in seconds
    int32_t size;      // number of the size of that
    int32_t delays, begin, entries;
    int32_t depth;                  // the array with the number of steps for which events are kept
    std::vector<int32_t> in_order;  // arrays with values in the order of the entries
};

struct Unit {
    double value;
    const char* symbol;
};

struct Dimension {
    Exponents exponents;
    const char* unit;         // what a value without prefix is written in: "volt"
    std::vector<Unit> shown;  // by rising scale
};

enum class Kind { fraction, whole, truth };

// A value, or one per element, that users can set.
struct Parameter {
    const char* name;
    int32_t array;
    int32_t dimension;
    Kind kind;
    bool is_nonnegative;
    bool is_equal;  // the program relies on one value for all elements
    const char* order;  // file with the places of the elements where they are stored in another order; empty if not
};

struct Variable {
    const char* name;
    int32_t array;
};

struct Number {
    const char* placeholder;
    const char* file;
};

// What to say when a check fails. In the text stand {element}, {time}, {dt} and {values}, in that of the element
// {number}, and what else there are files for.
struct Problem {
    const char* text;
    const char* element;
    int32_t extent, clock;
    std::vector<Variable> variables;  // those that must be finite
    std::vector<Number> numbers;      // by which elements are known, where that is not how they are stored
    int32_t ends;  // the array with the targets of elements that are synapses, made by a rule; -1 if there is none
};

struct Model {
    const char* name;
    const char* version;
    std::vector<const char*> extents;
    std::vector<Array> arrays;
    std::vector<RuleFiles> rules;
    std::vector<const char*> carried;  // files of state that no kernel uses
    std::vector<Record> records;
    std::vector<Record> histories;  // events of the last steps, numbered after the records
    std::vector<Clock> clocks;
    std::vector<Delays> delays;
    std::vector<Problem> problems;
    std::vector<Dimension> dimensions;  // time is the first
    std::vector<Parameter> parameters;
    int32_t key;                     // number of the array with the key of the random numbers, -1 if none are drawn
    std::vector<double> operations;  // per element of each size, in a step
    double work_per_thread;          // operations per step: fewer are done sooner than shared out
    double grid_tolerance;           // times that differ by less than this part of a step are one time
    double chunk_seconds;            // wall time between two looks at what was recorded and at signals
};

// A value as eqsim writes it: ten digits, in the unit that suits its size.
inline std::string shown(const Dimension& dimension, double value) {
    Unit unit = {1, ""};
    for (const Unit& known : dimension.shown)
        if (known.value == 1) unit = known;
    if (value != 0 && !dimension.shown.empty()) unit = dimension.shown.front();
    for (const Unit& larger : dimension.shown)
        if (value != 0 && std::fabs(value) >= larger.value * (1 - 1e-12)) unit = larger;
    char written[64];
    std::snprintf(written, sizeof written, "%.10g", value / unit.value);
    return written + std::string(*unit.symbol == '\0' ? "" : " ") + unit.symbol;
}

inline std::string time_text(const Model& model, double seconds) { return shown(model.dimensions.front(), seconds); }

// A time in seconds, from a text with a unit or from a plain number of seconds.
inline double seconds_of(const Model& model, const std::string& what, const std::string& text) {
    const Quantity given = quantity(text);
    if (!same_dimension(given.exponents, model.dimensions.front().exponents) && !same_dimension(given.exponents, {}))
        throw Failure(what + " takes a time such as 20ms, or a number of seconds, not '" + text + "'", 2);
    return given.value;
}

}  // namespace standalone
