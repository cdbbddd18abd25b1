// Synapses that follow from a rule (interface.h), by the threads of a processor: counted, or made with their targets.
#pragma once

#include <map>

#include "choosing.h"
#include "pieces.h"

namespace eqsim {

// So many partners, of at most so many rows, keep threads busy and need little memory.
constexpr int64_t chosen_at_once = 1 << 22, sampled_at_once = 1 << 18, rows_at_once = 1 << 16;

// Chooses the partners of all rows of a rule, some rows at a time.
class Choosing {
public:
    Choosing(const eqsim_rule& rule, int64_t most_threads) : rule_(rule), most_threads_(most_threads) {
        const Series series = series_of(rule.parameter, 0, false);
        trials_ = {stream_key(rule, Purpose::skip), series.stream, series.rate, 0, -1};
    }

    // Go on to the next rows; false if there are none.
    bool next() {
        first_ += rows_;
        rows_ = 0;
        double expected = 0, variance = 0;
        const double most = rule_.law == EQSIM_SAMPLE ? (double)sampled_at_once : (double)chosen_at_once;
        ends_.clear();
        for (int64_t end = 0; first_ + rows_ < rule_.rows && rows_ < rows_at_once && expected < most; ++rows_) {
            const int64_t row = first_ + rows_, length = length_of(rule_, row);
            ends_.push_back(end += length);
            if (rule_.law == EQSIM_ALL) expected += (double)length;
            else if (rule_.law == EQSIM_SAMPLE) expected += (double)size_of_sample(rule_, row);
            else {
                const double mean = (double)length * std::min(parameter_of(rule_, row), 1.0);
                expected += mean, variance += mean;
            }
        }
        threads_ = std::max<int64_t>(std::min(most_threads_, (int64_t)(expected / 65536.0)), 1);
        room_ = (int64_t)(expected + 6.0 * std::sqrt(variance)) + (rule_.law == EQSIM_CHANCE ? 16 : 0);
        return rows_ > 0;
    }

    int64_t first() const { return first_; }
    int64_t rows() const { return rows_; }
    int64_t threads() const { return threads_; }
    int64_t room() const { return room_; } // for so many partners there should be room: almost always that is enough

    // How many random numbers were drawn so far.
    int64_t drawn() const {
        int64_t sum = trials_.drawn + split_;
        for (const int64_t used : used_) sum += used;
        for (const auto& each : progress_) sum += each.second.trials.drawn + each.second.accepting;
        return sum;
    }

    // Choose partners of these rows, and tell how many each has; false if there is no room: they can be chosen again then.
    template <class T> bool choose(T* partners, int64_t room, int64_t* counts) {
        std::fill(counts, counts + rows_, 0);
        const Rows rows = these();
        if (rule_.law == EQSIM_SAMPLE) return choose_samples_of(rows, partners, room, counts);
        if (rule_.law == EQSIM_CHANCE && rule_.parameters != nullptr)
            return choose_by_chances(rows, partners, room, counts);
        if (rule_.law == EQSIM_CHANCE && rule_.parameter < 1.0)
            return rule_.parameter <= 0.0 || rows.columns() == 0 ||
                   choose_by_chance(trials_, rows, partners, room, counts, threads_);
        return choose_all(rows, partners, room, counts, threads_);
    }

    // Tell how many each of these rows has, if that is known before any is chosen.
    bool count(int64_t* counts) const {
        if (rule_.law == EQSIM_ALL || (rule_.law == EQSIM_CHANCE && rule_.parameters == nullptr && rule_.parameter >= 1.0)) {
            count_all(these(), counts);
            return true;
        }
        if (rule_.law != EQSIM_SAMPLE || rule_.own == EQSIM_OWN_DROPPED) return false;
        for (int64_t row = 0; row < rows_; ++row) counts[row] = size_of_sample(rule_, first_ + row);
        return true;
    }

private:
    struct RowsOfSeries {
        std::vector<int64_t> rows, ends, counts, places;
        std::vector<int32_t> chosen;
    };
    struct Progress {
        Trials trials;
        int64_t accepting;
    };

    Rows these() const {
        const int64_t shown = rule_.by_target ? 0 : rule_.first_target;
        Rows rows = {ends_.data(), rows_, first_, rule_.start + shown, rule_.step, rule_.slope,
                     rule_.own == EQSIM_OWN_DROPPED};
        rows.skips_self = rule_.own == EQSIM_OWN_SKIPPED;
        rows.own = rule_.shift + shown;
        return rows;
    }

    template <class T> bool choose_samples_of(const Rows& rows, T* partners, int64_t room, int64_t* counts) {
        std::vector<int64_t> numbers, offsets, ends, sizes;
        int64_t end = 0;
        for (int64_t row = 0; row < rows_; ++row)
            each_piece(rule_, first_ + row, split_,
                       [&](int64_t offset, int64_t length, int64_t size) {
                           numbers.push_back(first_ + row), offsets.push_back(offset);
                           ends.push_back(end += length), sizes.push_back(size);
                       });
        Rows pieces = rows;
        pieces.ends = ends.data(), pieces.n = (int64_t)ends.size();
        pieces.numbers = numbers.data(), pieces.offsets = offsets.data();
        std::vector<int64_t> found(ends.size());
        if (!choose_samples(stream_key(rule_, Purpose::sample), used_, pieces, sizes.data(), partners, room,
                            found.data(), threads_))
            return false;
        for (size_t piece = 0; piece < found.size(); ++piece) counts[numbers[piece] - first_] += found[piece];
        return true;
    }

    template <class T> bool choose_by_chances(const Rows& rows, T* partners, int64_t room, int64_t* counts) {
        const std::map<int64_t, Progress> before = progress_;
        std::map<int64_t, RowsOfSeries> parts;
        for (int64_t row = 0; row < rows_; ++row) {
            const double probability = parameter_of(rule_, first_ + row);
            if (!(probability > 0.0)) continue;
            RowsOfSeries& part = parts[series_number(probability)];
            part.rows.push_back(row);
            part.ends.push_back((part.ends.empty() ? 0 : part.ends.back()) + rows.length(row));
        }
        int64_t made = 0;
        for (auto& each : parts) {
            choose_of_series(each.first, each.second, rows);
            for (size_t member = 0; member < each.second.rows.size(); ++member) {
                counts[each.second.rows[member]] = each.second.counts[member];
                made += each.second.counts[member];
            }
        }
        if (made > room) {
            progress_ = before;
            return false;
        }
        std::vector<int64_t> begin((size_t)rows_ + 1);
        for (int64_t row = 0; row < rows_; ++row) begin[(size_t)row + 1] = begin[(size_t)row] + counts[row];
        for (const auto& each : parts)
            for (size_t member = 0; member < each.second.rows.size(); ++member) {
                const int32_t* const from = each.second.chosen.data() + each.second.places[member];
                std::copy(from, from + each.second.counts[member], partners + begin[(size_t)each.second.rows[member]]);
            }
        return true;
    }

    // Choose the partners of some rows that are one series of trials.
    void choose_of_series(int64_t number, RowsOfSeries& part, const Rows& rows) {
        const Series series = numbered_series(number);
        const uint64_t skip = stream_key(rule_, Purpose::skip), accept = stream_key(rule_, Purpose::accept);
        Progress& progress = progress_.try_emplace(number, Progress{{skip, series.stream, series.rate, 0, -1}, 0}).first->second;
        const int64_t n = (int64_t)part.rows.size();
        const Rows trials = {part.ends.data(), n, 0, 0, 1, 0, false};
        part.counts.resize((size_t)n), part.places.resize((size_t)n);
        const double mean = (double)trials.columns() * series.bound;
        int64_t space = std::min((int64_t)(mean + 6.0 * std::sqrt(mean)) + 16, trials.columns());
        part.chosen.resize((size_t)space);
        if (!(series.bound < 1.0))
            choose_all(trials, part.chosen.data(), space, part.counts.data(), threads_);
        else if (space)
            while (!choose_by_chance(progress.trials, trials, part.chosen.data(), space, part.counts.data(), threads_)) {
                space = std::min(2 * space, trials.columns());
                part.chosen.resize((size_t)space);
                std::fill(part.counts.begin(), part.counts.end(), 0);
            }
        int64_t sum = 0;
        for (size_t member = 0; member < (size_t)n; ++member) part.places[member] = sum, sum += part.counts[member];
        in_threads(threads_, [&](int64_t thread) {
            for (int64_t m = n * thread / threads_; m < n * (thread + 1) / threads_; ++m) {
                const size_t member = (size_t)m;
                const int64_t row = part.rows[member], shift = rows.shift(row);
                const int64_t dropped = rows.dropped(row), skipped = rows.skipped(row);
                const double probability = parameter_of(rule_, first_ + row);
                int32_t* const chosen = part.chosen.data() + part.places[member];
                int64_t looked_at = 0, kept = 0;
                each_word(accept, series.stream, progress.accepting + part.places[member], part.counts[member],
                          [&](uint64_t word) {
                              const int64_t partner = shift + rows.step * chosen[looked_at++];
                              chosen[kept] = (int32_t)(partner + (partner >= skipped));
                              kept += uniform_of(word) * series.bound < probability && partner != dropped;
                          });
                part.counts[member] = kept;
            }
        });
        progress.accepting += sum;
    }

    const eqsim_rule& rule_;
    const int64_t most_threads_;
    int64_t first_ = 0, rows_ = 0, threads_ = 1, room_ = 0;
    std::vector<int64_t> ends_;
    Trials trials_;
    std::vector<int64_t> used_;             // of the streams for samples
    int64_t split_ = 0;                     // and of that for pieces
    std::map<int64_t, Progress> progress_;  // of series
};

// Choose partners of the next rows into memory that is made as large as it has to be.
template <class T> void choose_anywhere(Choosing& choosing, std::vector<T>& partners, int64_t* counts) {
    int64_t room = std::max<int64_t>(choosing.room(), 1);
    while (true) {
        if ((int64_t)partners.size() < room) partners.resize((size_t)room);
        if (choosing.choose(partners.data(), (int64_t)partners.size(), counts)) return;
        room = 2 * (int64_t)partners.size();
    }
}

// How many synapses each source has, and how many there are in all.
inline int64_t count_synapses(const eqsim_rule& rule, int64_t* counts, int64_t most_threads) {
    const int64_t sources = rule.by_target ? rule.partners : rule.rows;
    std::fill(counts, counts + sources, 0);
    Choosing choosing(rule, most_threads);
    std::vector<int32_t> partners;
    std::vector<int64_t> each;
    while (choosing.next()) {
        if (!rule.by_target) {
            int64_t* const own = counts + choosing.first();
            if (!choosing.count(own)) choose_anywhere(choosing, partners, own);
            continue;
        }
        each.resize((size_t)choosing.rows());
        choose_anywhere(choosing, partners, each.data());
        int64_t n = 0;
        for (const int64_t count : each) n += count;
        const int64_t threads = choosing.threads();
        in_threads(threads, [&](int64_t thread) {
            for (int64_t k = n * thread / threads; k < n * (thread + 1) / threads; ++k)
                __atomic_fetch_add(&counts[partners[(size_t)k]], 1, __ATOMIC_RELAXED);
        });
    }
    int64_t sum = 0;
    for (int64_t source = 0; source < sources; ++source) sum += counts[source];
    return sum;
}

// How many random numbers are drawn for all synapses.
inline int64_t count_drawn(const eqsim_rule& rule, int64_t most_threads) {
    Choosing choosing(rule, most_threads);
    std::vector<int32_t> partners;
    std::vector<int64_t> counts;
    while (choosing.next()) {
        counts.resize((size_t)choosing.rows());
        choose_anywhere(choosing, partners, counts.data());
    }
    return choosing.drawn();
}

// Make the targets of rows that are sources, and count them; false if there is no room for all.
template <class T> bool make_and_count(const eqsim_rule& rule, T* targets, int64_t room, int64_t* counts, int64_t most_threads) {
    Choosing choosing(rule, most_threads);
    while (choosing.next()) {
        int64_t* const own = counts + choosing.first();
        if (!choosing.choose(targets, room, own)) return false;
        for (int64_t row = 0; row < choosing.rows(); ++row) targets += own[row], room -= own[row];
    }
    return true;
}

// Make the targets of all synapses, source by source as `begin` of the rule tells; false if that is not how many they are.
template <class T> bool make_by_source(const eqsim_rule& rule, T* targets, int64_t most_threads) {
    Choosing choosing(rule, most_threads);
    std::vector<int64_t> counts;
    while (choosing.next()) {
        const int32_t* const begin = rule.begin + choosing.first();
        counts.resize((size_t)choosing.rows());
        if (!choosing.choose(targets + begin[0], begin[choosing.rows()] - begin[0], counts.data())) return false;
        for (int64_t row = 0; row < choosing.rows(); ++row)
            if (counts[(size_t)row] != begin[row + 1] - begin[row]) return false;
    }
    return true;
}

// The same where rows are targets. `order`, if it is not NULL, gets the place of each synapse in the order of the rows.
template <class T> bool make_by_target(const eqsim_rule& rule, T* targets, int32_t* order, int64_t most_threads) {
    Choosing choosing(rule, most_threads);
    std::vector<int32_t> next(rule.begin, rule.begin + rule.partners), sources;
    std::vector<int64_t> counts;
    std::atomic<bool> fits(true);
    int64_t made = 0;
    while (choosing.next() && fits) {
        counts.resize((size_t)choosing.rows());
        choose_anywhere(choosing, sources, counts.data());
        const int64_t threads = choosing.threads();
        // Each thread looks at all and writes those of its own sources, which have as many synapses as those of others.
        in_threads(threads, [&](int64_t thread) {
            const auto first_of = [&](int64_t part) {
                const int64_t all = rule.begin[rule.partners], from = all / threads * part;
                return part == threads ? rule.partners
                                       : std::lower_bound(rule.begin, rule.begin + rule.partners, from) - rule.begin;
            };
            const int64_t from = first_of(thread), to = first_of(thread + 1);
            int64_t k = 0;
            for (int64_t row = 0; row < choosing.rows(); ++row)
                for (const int64_t end = k + counts[(size_t)row]; k < end; ++k) {
                    const int64_t source = sources[(size_t)k];
                    if (source < from || source >= to) continue;
                    const int32_t place = next[(size_t)source]++;
                    if (place >= rule.begin[source + 1]) {
                        fits = false;
                        return;
                    }
                    targets[place] = (T)(choosing.first() + row + rule.first_target);
                    if (order != nullptr) order[made + k] = place;
                }
        });
        for (const int64_t count : counts) made += count;
    }
    return fits && made == rule.begin[rule.partners];
}

template <class T> bool make_targets(const eqsim_rule& rule, T* targets, int32_t* order, int64_t most_threads) {
    return rule.by_target ? make_by_target(rule, targets, order, most_threads)
                          : make_by_source(rule, targets, most_threads);
}

} // namespace eqsim
