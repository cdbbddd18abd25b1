// Arrays that follow from rules: they are made where they are needed.
#pragma once

#include "making.h"
#include "model.h"

namespace standalone {

// As many threads as are wanted, or where that is 0 as there are processors.
inline int64_t threads_for_making(int32_t wanted) {
#ifdef EQSIM_WITHOUT_THREADS
    (void)wanted;
    return 1;
#else
    return wanted > 0 ? wanted : std::max<int64_t>(1, std::thread::hardware_concurrency());
#endif
}

// A rule, read from the project's folder.
class StoredRule {
public:
    StoredRule(const RuleFiles& files, const fs::path& folder, int64_t synapses) : folder_(folder) {
        std::vector<int64_t> numbers(13);
        read_array(folder / files.numbers, Type::int64, {(int64_t)numbers.size()}, numbers.data());
        int64_t* const fields[] = {&rule_.law,   &rule_.by_target, &rule_.rows, &rule_.partners, &rule_.columns,     &rule_.start,
                                   &rule_.step, &rule_.slope,     &rule_.own,  &rule_.shift,    &rule_.first_target};
        for (size_t field = 0; field < 11; ++field) *fields[field] = numbers[field];
        std::memcpy(&rule_.key, &numbers[11], sizeof rule_.key);
        std::memcpy(&rule_.parameter, &numbers[12], sizeof rule_.parameter);
        const int64_t sources = rule_.by_target ? rule_.partners : rule_.rows;
        if (!has_sound_numbers()) throw Failure(quoted(folder / files.numbers) + " holds no rule");
        begin_ = read<int32_t>(files.begin, Type::int32, sources + 1);
        if (begin_.front() != 0 || begin_.back() != synapses || !std::is_sorted(begin_.begin(), begin_.end()))
            throw Failure(quoted(folder / files.begin) + " does not tell where synapses begin");
        if (*files.lengths != '\0') lengths_ = read<int64_t>(files.lengths, Type::int64, rule_.rows);
        if (*files.parameters != '\0') parameters_ = read<double>(files.parameters, Type::float64, rule_.rows);
        get();
        for (int64_t row = 0; row < rule_.rows; ++row) {
            if (!has_sound_columns(row))
                throw Failure(quoted(folder / (lengths_.empty() ? files.numbers : files.lengths)) +
                              " holds a rule with partners that do not exist");
            if (!has_sound_parameter(row))
                throw Failure(quoted(folder / (parameters_.empty() ? files.numbers : files.parameters)) +
                              " holds a rule with neither a probability nor a size");
        }
    }

    // The rule, which is valid as long as this is and stays where it is.
    const eqsim_rule& get() {
        rule_.begin = begin_.data();
        rule_.lengths = lengths_.empty() ? nullptr : lengths_.data();
        rule_.parameters = parameters_.empty() ? nullptr : parameters_.data();
        return rule_;
    }

    // Write the targets of all synapses, by so many threads.
    void make(Type type, void* targets, int64_t threads) {
        const bool fits = type == Type::uint16 ? eqsim::make_targets(get(), (uint16_t*)targets, nullptr, threads)
                                               : eqsim::make_targets(get(), (int32_t*)targets, nullptr, threads);
        if (!fits) throw Failure(quoted(folder_) + " holds a rule that makes other synapses than it tells the begins of");
    }

    int64_t source_of(int64_t synapse) const {
        return std::upper_bound(begin_.begin(), begin_.end(), (int32_t)synapse) - begin_.begin() - 1;
    }

private:
    // Whether the numbers are those of a rule, as Rule.wrong_part tells, and no sum of them overflows.
    bool has_sound_numbers() const {
        const auto is_below = [](int64_t value, int64_t limit) { return 0 <= value && value < limit; };
        const auto is_small = [](int64_t value) { return -INT32_MAX < value && value < INT32_MAX; };
        return is_below(rule_.law, 3) && is_below(rule_.by_target, 2) && is_below(rule_.own, 3) &&
               is_below(rule_.rows, INT32_MAX) && is_below(rule_.partners, INT32_MAX) &&
               is_below(rule_.columns, INT32_MAX) && is_below(rule_.first_target, INT32_MAX) &&
               is_below(rule_.step - 1, INT32_MAX) && is_small(rule_.start) && is_small(rule_.slope) && is_small(rule_.shift);
    }

    // Whether all columns of a row are partners that there are.
    bool has_sound_columns(int64_t row) const {
        const int64_t length = eqsim::length_of(rule_, row), first = rule_.start + rule_.slope * row;
        if (length == 0) return true;
        if (length < 0 || length >= INT32_MAX || first < 0) return false;
        const int64_t last = first + rule_.step * (length - 1), own = row + rule_.shift;
        const bool is_skipped = rule_.own == EQSIM_OWN_SKIPPED && own >= rule_.start && last >= own;
        return last + is_skipped < rule_.partners;
    }

    // Whether a row has a probability, or a size.
    bool has_sound_parameter(int64_t row) const {
        const double parameter = eqsim::parameter_of(rule_, row);
        if (rule_.law == EQSIM_ALL) return true;
        return parameter >= 0 && (rule_.law == EQSIM_CHANCE || parameter <= INT32_MAX);
    }

    template <class T> std::vector<T> read(const char* file, Type type, int64_t size) const {
        std::vector<T> values((size_t)size);
        read_array(folder_ / file, type, {size}, values.data());
        return values;
    }

    const fs::path folder_;
    eqsim_rule rule_ = {};
    std::vector<int32_t> begin_;
    std::vector<int64_t> lengths_;
    std::vector<double> parameters_;
};

}  // namespace standalone
