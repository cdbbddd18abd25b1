// The memory of a simulation: read from the project's folder, changed as the command line says.
#pragma once

#include <limits>
#include <map>

#include "delays.h"
#include "following.h"
#include "options.h"

namespace standalone {

class State {
public:
    State(const Model& model, const fs::path& folder) : model_(model), folder_(folder) {
        extents_.resize(model.extents.size());
        read_array(folder / "extents.npy", Type::int64, {(int64_t)extents_.size()}, extents_.data());
        for (const int64_t extent : extents_)
            if (extent < 0 || extent >= INT32_MAX)
                throw Failure(quoted(folder / "extents.npy") + " holds the size " + std::to_string(extent));
        for (const Array& array : model.arrays) {
            const bool is_stored = *array.file != '\0';
            memory_.emplace_back(is_stored ? bytes_of(array) : 0);
            if (is_stored) read_array(folder / array.file, array.type, shape_of(array), memory_.back().data());
        }
        for (const RuleFiles& files : model.rules) {
            const Array& array = model.arrays[(size_t)files.array];
            rules_.emplace(files.array, StoredRule(files, folder, product(shape_of(array))));
        }
        read_array(folder / "start.npy", Type::float64, {}, &start);
        now = start;
        for (const Clock& clock : model.clocks) check_clock(clock);
        for (const Parameter& parameter : model.parameters) {
            const std::string file = model.arrays[(size_t)parameter.array].file;
            if (!is_as_relied_on(parameter)) throw Failure(quoted(folder / file) + " holds " + values_that_differ());
        }
    }

    void write(const fs::path& folder, std::map<std::string, Written>& files) const {
        for (size_t number = 0; number < memory_.size(); ++number) {
            const Array& array = model_.arrays[number];
            if (*array.file == '\0') continue;
            files["state/" + std::string(array.file)] =
                write_array(folder / array.file, array.type, shape_of(array), memory_[number].data());
        }
    }

    Shape shape_of(const Array& array) const {
        return array.extent < 0 ? Shape{} : Shape{extents_[(size_t)array.extent]};
    }

    template <class T> T& single(int32_t array) { return *reinterpret_cast<T*>(memory_[(size_t)array].data()); }
    void* memory(int32_t array) {
        std::vector<unsigned char>& found = memory_[(size_t)array];
        if (found.empty()) {
            found.resize(bytes_of(model_.arrays[(size_t)array]));
            rules_.at(array).make(model_.arrays[(size_t)array].type, found.data(), threads_);
        }
        return found.data();
    }

    // The rule by which an array is made, NULL if it is stored.
    StoredRule* rule_of(int32_t array) {
        const auto found = rules_.find(array);
        return found == rules_.end() ? nullptr : &found->second;
    }
    const std::vector<int64_t>& extents() const { return extents_; }
    const fs::path& folder() const { return folder_; }

    // ------------------------------------------------------------------------------------ time

    // Let all clocks end at a time: at the first step that is not before, up to rounding.
    void set_end(double end) {
        for (const Clock& clock : model_.clocks) {
            if (clock.times >= 0) {
                const double* const times = &single<double>(clock.times);
                const double first_left = end - model_.grid_tolerance * single<double>(clock.dt);
                single<int64_t>(clock.end) = std::lower_bound(times, times + count(clock), first_left) - times;
                continue;
            }
            const double steps = end / single<double>(clock.dt);
            if (steps > 9007199254740992.0)
                throw Failure("--duration has more than 2**53 steps of the clock '" + std::string(clock.name) + "'", 2);
            const double nearest = std::nearbyint(steps);
            single<int64_t>(clock.end) =
                (int64_t)(std::fabs(steps - nearest) <= model_.grid_tolerance ? nearest : std::ceil(steps));
        }
    }

    // The time of the next step of a clock, in seconds; infinity if there is none.
    double time(const Clock& clock) {
        const int64_t step = single<int64_t>(clock.timestep);
        if (clock.times < 0) return (double)step * single<double>(clock.dt);
        return step < count(clock) ? (&single<double>(clock.times))[step] : HUGE_VAL;
    }

    // The value of an element, of an array of fractions.
    double value(int32_t array, int64_t element) const {
        const void* const values = memory_[(size_t)array].data();
        const bool is_single = model_.arrays[(size_t)array].type == Type::float32;
        return is_single ? (double)((const float*)values)[element] : ((const double*)values)[element];
    }

    double start = 0;  // seconds of model time at which everything begins
    double now = 0;    // and up to which all runs so far were to go

    // -------------------------------------------------------------------------------- settings

    void apply(const Options& options) {
        threads_ = threads_for_making(options.threads);
        if (!options.dt.empty()) set_step(main_clock(), "--dt", options.dt);
        for (const Setting& setting : options.settings) apply(setting);
        if (!options.seed.empty()) set_key(eqsim::mixed(parsed_seed(options.seed), 0));
    }

    void set_key(uint64_t key) {
        if (model_.key >= 0) std::memcpy(memory(model_.key), &key, sizeof key);
    }

    // Put values from a file in place of those of an array.
    void replace(const std::string& name, const std::string& file) {
        for (size_t number = 0; number < memory_.size(); ++number) {
            const Array& array = model_.arrays[number];
            if (array.name == name)
                return read_array(folder_ / file, array.type, shape_of(array), memory_[number].data());
        }
        throw Failure(quoted(folder_ / "stages.json") + " names the array '" + name + "', which the model lacks");
    }

    // What --help says of each parameter: its unit, and its value now.
    void print_parameters() {
        std::printf("\nWhat --set and --params take, with units and values:\n\n");
        for (const Parameter& parameter : model_.parameters)
            std::printf("  %-24s %-12s %s\n", parameter.name, unit_text(parameter).c_str(),
                        value_text(parameter).c_str());
        for (const Clock& clock : model_.clocks)
            if (clock.times < 0)
                std::printf("  %-24s %-12s %s%s\n", step_name(clock).c_str(), "second",
                            time_text(model_, single<double>(clock.dt)).c_str(),
                            *clock.fixed == '\0' ? "" : ", cannot be changed");
    }

    // ------------------------------------------------------------------------- store, restore

    struct Kept {
        std::vector<int64_t> extents;
        std::vector<std::vector<unsigned char>> memory;
        double now;
    };

    Kept kept() const { return {extents_, memory_, now}; }

    void put_back(const Kept& kept) {
        extents_ = kept.extents;
        memory_ = kept.memory;
        now = kept.now;
    }

    // Give an array as many values as there are, and its size with it.
    void resize(Kept& kept, int32_t array, const void* values, int64_t rows) const {
        const Array& described = model_.arrays[(size_t)array];
        const unsigned char* const first = (const unsigned char*)values;
        std::vector<unsigned char>& memory = kept.memory[(size_t)array];
        kept.extents[(size_t)described.extent] = rows;
        memory.assign(first, first + (size_t)rows * width(described.type));
        memory.resize(std::max<size_t>(memory.size(), 1));
    }

private:
    size_t bytes_of(const Array& array) const {
        return std::max<size_t>((size_t)product(shape_of(array)) * width(array.type), 1);
    }

    // How many single times a clock has.
    int64_t count(const Clock& clock) const {
        return extents_[(size_t)model_.arrays[(size_t)clock.times].extent];
    }

    void check_clock(const Clock& clock) {
        const double dt = single<double>(clock.dt);
        if (!(dt > 0) || !std::isfinite(dt))
            throw Failure("the clock '" + std::string(clock.name) + "' has the step " + std::to_string(dt) + " s");
        if (clock.times >= 0 && (single<int64_t>(clock.timestep) < 0 || single<int64_t>(clock.end) > count(clock)))
            throw Failure("the clock '" + std::string(clock.name) + "' has steps beyond its times");
    }

    // ------------------------------------------------------------------------------- steps

    static std::string step_name(const Clock& clock) { return std::string(clock.name) + ".dt"; }

    const Clock& main_clock() const {
        const Clock* found = nullptr;
        std::string names;
        for (const Clock& clock : model_.clocks) {
            if (clock.times >= 0) continue;
            if (std::string(clock.name) == "defaultclock") return clock;
            names += (found == nullptr ? "" : ", ") + step_name(clock);
            if (found == nullptr) found = &clock;
        }
        if (found == nullptr) throw Failure("--dt: the model has no clock with a step", 2);
        if (names != step_name(*found))
            throw Failure("--dt: the model has several clocks: set the step of one with --set: " + names, 2);
        return *found;
    }

    void set_step(const Clock& clock, const std::string& origin, const std::string& text) {
        const double dt = seconds_of(model_, origin, text);
        if (!(dt > 0)) throw Failure(origin + " takes a time above 0, not '" + text + "'", 2);
        if (dt == single<double>(clock.dt)) return;
        if (*clock.fixed != '\0')
            throw Failure(origin + ": the step of the clock '" + clock.name + "' cannot be changed: " + clock.fixed +
                          "; set it in the script and export the model again", 2);
        if (dt > clock.longest)
            throw Failure(origin + ": the step of the clock '" + std::string(clock.name) + "' can be up to " +
                          time_text(model_, clock.longest) + ": " + clock.limited, 2);
        single<double>(clock.dt) = dt;
        lay_out_delays(clock, origin);
        double finest = HUGE_VAL;
        for (const Clock& each : model_.clocks)
            if (each.times < 0) finest = std::min(finest, single<double>(each.dt));
        // Single times meet those of the finest grid.
        for (const Clock& each : model_.clocks)
            if (each.times >= 0) single<double>(each.dt) = finest;
    }

    // Count delays in the steps of a clock, which has another step now.
    void lay_out_delays(const Clock& clock, const std::string& origin) {
        const auto is_counted = [&](const Delays& each) { return &model_.clocks[(size_t)each.clock] == &clock; };
        for (const Delays& each : model_.delays)
            if (is_counted(each)) single<int64_t>(each.depth) = 0;
        for (const Delays& each : model_.delays) {
            if (!is_counted(each)) continue;
            const Shape shape = each.size < 0 ? Shape{} : Shape{extents_[(size_t)each.size]};
            std::vector<double> seconds((size_t)product(shape));
            read_array(folder_ / each.file, Type::float64, shape, seconds.data());
            const std::vector<int32_t> steps = delay_steps(each, seconds, single<double>(clock.dt), origin);
            int64_t& depth = single<int64_t>(each.depth);
            for (const int32_t delay : steps) depth = std::max<int64_t>(depth, delay);
            if (each.size < 0) single<int32_t>(each.delays) = steps[0];
            else lay_out(each, steps);
        }
    }

    void lay_out(const Delays& table, const std::vector<int32_t>& steps) {
        const Parts parts = parted(values<int32_t>(table.begin), values<int32_t>(table.entries),
                                   values<int32_t>(table.delays).size(), steps);
        for (const int32_t array : table.in_order) {
            const size_t bytes = width(model_.arrays[(size_t)array].type);
            const std::vector<unsigned char> old = memory_[(size_t)array];
            for (size_t place = 0; place < parts.before.size(); ++place)
                std::memcpy(memory_[(size_t)array].data() + place * bytes,
                            old.data() + (size_t)parts.before[place] * bytes, bytes);
        }
        renew(table.delays, parts.delays);
        renew(table.begin, parts.begin);
        renew(table.entries, parts.entries);
    }

    template <class T> std::vector<T> values(int32_t array) {
        const T* const first = &single<T>(array);
        return std::vector<T>(first, first + product(shape_of(model_.arrays[(size_t)array])));
    }

    // Give an array other values, and its size with them.
    template <class T> void renew(int32_t array, const std::vector<T>& values) {
        extents_[(size_t)model_.arrays[(size_t)array].extent] = (int64_t)values.size();
        memory_[(size_t)array].resize(std::max<size_t>(values.size() * sizeof(T), 1));
        if (!values.empty()) std::memcpy(memory(array), values.data(), values.size() * sizeof(T));
    }

    // -------------------------------------------------------------------------- parameters

    void apply(const Setting& setting) {
        for (const Parameter& parameter : model_.parameters)
            if (parameter.name == setting.name) return assign(parameter, setting);
        for (const Clock& clock : model_.clocks) {
            if (clock.times >= 0 || step_name(clock) != setting.name) continue;
            if (setting.value.kind != Json::Kind::text)
                throw Failure(setting.origin + ": '" + setting.name + "' takes a text with a time: \"50 us\"", 2);
            return set_step(clock, setting.origin, setting.value.text);
        }
        std::vector<std::string> known;
        for (const Parameter& parameter : model_.parameters) known.emplace_back(parameter.name);
        for (const Clock& clock : model_.clocks) known.push_back(step_name(clock));
        throw Failure(setting.origin + ": the model has no parameter '" + setting.name + "'" +
                      did_you_mean(setting.name, known) + "; --help lists the parameters", 2);
    }

    void assign(const Parameter& parameter, const Setting& setting) {
        const Json* values = &setting.value;
        std::string unit;
        if (values->kind == Json::Kind::table) {
            const Json *given = values->find("values"), *named = values->find("unit");
            if (given == nullptr || named == nullptr || named->kind != Json::Kind::text || values->table.size() != 2)
                fail(parameter, setting, "takes a value, an array, or {\"values\": [..], \"unit\": \"mV\"}");
            unit = named->text;
            values = given;
        }
        const int64_t size = product(shape_of(model_.arrays[(size_t)parameter.array]));
        if (values->kind != Json::Kind::list) {
            const double value = number(parameter, setting, *values, unit);
            for (int64_t element = 0; element < size; ++element) store(parameter, element, value);
            return;
        }
        if (model_.arrays[(size_t)parameter.array].extent < 0)
            fail(parameter, setting, "takes one value, not an array: at the export it was one for all");
        if ((int64_t)values->list.size() != size)
            fail(parameter, setting, "takes " + std::to_string(size) + " values, not " +
                                         std::to_string(values->list.size()));
        const std::vector<int32_t> places = places_of(parameter, size);
        for (int64_t element = 0; element < size; ++element)
            store(parameter, places[(size_t)element], number(parameter, setting, values->list[(size_t)element], unit));
        if (!is_as_relied_on(parameter)) fail(parameter, setting, "cannot get " + values_that_differ());
    }

    // Whether all values are equal, where the program relies on that.
    bool is_as_relied_on(const Parameter& parameter) {
        if (!parameter.is_equal) return true;
        const int64_t size = product(shape_of(model_.arrays[(size_t)parameter.array]));
        for (int64_t element = 1; element < size; ++element)
            if (loaded(parameter, element) != loaded(parameter, 0)) return false;
        return true;
    }

    static std::string values_that_differ() {
        return "values that differ: the program relies on one value for all; make the group in the script with an "
               "array of values, equal or not, and export the model again";
    }

    std::vector<int32_t> places_of(const Parameter& parameter, int64_t size) const {
        std::vector<int32_t> places((size_t)size);
        for (size_t element = 0; element < places.size(); ++element) places[element] = (int32_t)element;
        if (*parameter.order != '\0')
            read_array(folder_ / parameter.order, Type::int32, {size}, places.data());
        for (const int32_t place : places)
            if (place < 0 || place >= size) throw Failure(quoted(folder_ / parameter.order) + " has a wrong place");
        return places;
    }

    [[noreturn]] void fail(const Parameter& parameter, const Setting& setting, const std::string& problem) const {
        throw Failure(setting.origin + ": '" + parameter.name + "' " + problem, 2);
    }

    // The number that a value means for a parameter.
    double number(const Parameter& parameter, const Setting& setting, const Json& value, const std::string& unit) const {
        const Dimension& dimension = model_.dimensions[(size_t)parameter.dimension];
        Quantity given = {0, {}};
        std::string shown_value = value.text + unit;
        if (value.kind == Json::Kind::truth) {
            given.value = value.truth ? 1 : 0;
            if (parameter.kind != Kind::truth) fail(parameter, setting, "takes a number, not true or false");
        } else if (value.kind == Json::Kind::number) {
            given.value = value.number;
            char written[64];
            std::snprintf(written, sizeof written, "%.10g", value.number);
            shown_value = written + unit;
            if (!unit.empty()) {
                const Quantity scale = quantity(unit);
                given = {value.number * scale.value, scale.exponents};
            }
        } else if (value.kind == Json::Kind::text) {
            const bool is_true = value.text == "true" || value.text == "True";
            const bool is_word = is_true || value.text == "false" || value.text == "False";
            given = is_word && parameter.kind == Kind::truth ? Quantity{is_true ? 1.0 : 0.0, {}} : quantity(value.text);
        } else {
            fail(parameter, setting, "takes a value, not null or a table");
        }
        // Zero fits every dimension; whether the user wrote a unit does not matter then.
        const bool is_neutral = given.value == 0 && same_dimension(given.exponents, {});
        if (!same_dimension(given.exponents, dimension.exponents) && !is_neutral) {
            const bool has_unit = !same_dimension(dimension.exponents, {});
            fail(parameter, setting, (has_unit ? "takes a value in " + std::string(dimension.unit) + ", such as '" +
                 shown(dimension, 1) + "'" : "takes a number without unit") + ", not '" + shown_value + "'");
        }
        check(parameter, setting, given.value, shown_value);
        return given.value;
    }

    void check(const Parameter& parameter, const Setting& setting, double value, const std::string& text) const {
        if (!std::isfinite(value)) fail(parameter, setting, "takes finite values, not '" + text + "'");
        if (parameter.is_nonnegative && value < 0) fail(parameter, setting, "must not be negative, not '" + text + "'");
        if (parameter.kind == Kind::truth && value != 0 && value != 1)
            fail(parameter, setting, "takes true or false, not '" + text + "'");
        const bool is_short = model_.arrays[(size_t)parameter.array].type == Type::int32;
        const double limit = is_short ? (double)std::numeric_limits<int32_t>::max() : 9007199254740992.0;
        if (parameter.kind == Kind::whole && (value != std::trunc(value) || std::fabs(value) > limit))
            fail(parameter, setting, "is a whole number in the model and takes no '" + text + "'");
    }

    void store(const Parameter& parameter, int64_t element, double value) {
        void* const values = memory(parameter.array);
        switch (model_.arrays[(size_t)parameter.array].type) {
            case Type::boolean: ((unsigned char*)values)[element] = value != 0; break;
            case Type::uint16: ((uint16_t*)values)[element] = (uint16_t)value; break;
            case Type::int32: ((int32_t*)values)[element] = (int32_t)value; break;
            case Type::int64: ((int64_t*)values)[element] = (int64_t)value; break;
            case Type::float32: ((float*)values)[element] = (float)value; break;
            case Type::float64: ((double*)values)[element] = value; break;
        }
    }

    double loaded(const Parameter& parameter, int64_t element) {
        const void* const values = memory(parameter.array);
        switch (model_.arrays[(size_t)parameter.array].type) {
            case Type::boolean: return ((const unsigned char*)values)[element];
            case Type::uint16: return ((const uint16_t*)values)[element];
            case Type::int32: return ((const int32_t*)values)[element];
            case Type::int64: return (double)((const int64_t*)values)[element];
            case Type::float32: return (double)((const float*)values)[element];
            case Type::float64: return ((const double*)values)[element];
        }
        return 0;
    }

    std::string unit_text(const Parameter& parameter) const {
        if (parameter.kind == Kind::truth) return "true, false";
        const Dimension& dimension = model_.dimensions[(size_t)parameter.dimension];
        const bool is_number = same_dimension(dimension.exponents, {});
        return is_number ? parameter.kind == Kind::whole ? "whole number" : "number" : dimension.unit;
    }

    std::string value_text(const Parameter& parameter) {
        const Dimension& dimension = model_.dimensions[(size_t)parameter.dimension];
        const Array& array = model_.arrays[(size_t)parameter.array];
        const int64_t size = product(shape_of(array));
        if (size == 0) return "no values";
        double least = loaded(parameter, 0), greatest = least;
        for (int64_t element = 1; element < size; ++element) {
            least = std::min(least, loaded(parameter, element));
            greatest = std::max(greatest, loaded(parameter, element));
        }
        if (parameter.kind == Kind::truth && least == greatest) return least != 0 ? "true" : "false";
        if (array.extent < 0) return shown(dimension, least);
        if (least == greatest) return shown(dimension, least) + " for each of " + std::to_string(size);
        return std::to_string(size) + " values from " + shown(dimension, least) + " to " + shown(dimension, greatest);
    }

    const Model& model_;
    const fs::path folder_;
    std::vector<int64_t> extents_;
    std::vector<std::vector<unsigned char>> memory_;  // nothing for what follows from a rule and was not made yet
    std::map<int32_t, StoredRule> rules_;
    int64_t threads_ = threads_for_making(0);
};

}  // namespace standalone
