// A simulation as a program of its own: the loop over time, what is told of it, and all that main() does.
// Reaches the simulation through the C interface only.
#include "standalone.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#if defined(_WIN32)
#include <io.h>
#else
#include <poll.h>
#include <unistd.h>
#endif

#include "results.h"
#include "stages.h"

namespace standalone {

namespace {

// The number of the signal that asked the program to stop, 0 if none did.
volatile std::sig_atomic_t stopped_by = 0;

void note_signal(int number) { stopped_by = number; }

// Stop, as if a terminal had hung up, if nobody can write to standard input any more. What is written there is ignored.
void note_end_of_input() {
#if !defined(_WIN32)
    pollfd input = {STDIN_FILENO, POLLIN, 0};
    char ignored[4096];
    // Who writes without end does not keep the simulation from going on.
    for (int reads = 0; reads < 16 && stopped_by == 0 && poll(&input, 1, 0) > 0; ++reads)
        if ((input.revents & POLLIN) == 0 || read(STDIN_FILENO, ignored, sizeof ignored) <= 0) note_signal(SIGHUP);
#endif
}

double seconds_since(std::chrono::steady_clock::time_point moment) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - moment).count();
}

std::string duration_text(double seconds) {
    char written[64];
    const long long whole = std::llround(seconds);
    if (seconds >= 3600)
        std::snprintf(written, sizeof written, "%lld h %lld min", whole / 3600, whole / 60 % 60);
    else if (seconds >= 60)
        std::snprintf(written, sizeof written, "%lld min %lld s", whole / 60, whole % 60);
    else if (seconds >= 1 || seconds == 0)
        std::snprintf(written, sizeof written, "%.3g s", seconds);
    else
        std::snprintf(written, sizeof written, "%.3g ms", seconds * 1000);
    return written;
}

// As many threads as the work per step keeps busy.
int32_t useful_threads(const Model& model, const State& state) {
    double work = 0;
    for (size_t size = 0; size < model.operations.size(); ++size)
        work += model.operations[size] * (double)state.extents()[size];
    const double processors = std::max(1u, std::thread::hardware_concurrency());
    return (int32_t)std::max(1.0, std::min(processors, work / model.work_per_thread));
}

void replace(std::string& text, const std::string& placeholder, const std::string& words) {
    const std::string sought = "{" + placeholder + "}";
    for (size_t place = text.find(sought); place != std::string::npos; place = text.find(sought, place + words.size()))
        text.replace(place, sought.size(), words);
}

// What a failed check means to the user.
class FailedCheck {
public:
    FailedCheck(const Model& model, State& state, const fs::path& folder, const Problem& problem, int64_t element,
                int64_t step)
        : model_(model), state_(state), folder_(folder), problem_(&problem), element_(element), step_(step) {}

    std::string text() const {
        const Clock& clock = model_.clocks[(size_t)problem_->clock];
        const double dt = state_.single<double>(clock.dt);
        const double time = clock.times < 0 ? (double)step_ * dt : (&state_.single<double>(clock.times))[step_];
        std::string text = problem_->text;
        replace(text, "values", values());
        replace(text, "element", element());
        replace(text, "time", time_text(model_, time));
        replace(text, "dt", time_text(model_, dt));
        return text;
    }

private:
    std::string element() const {
        std::string text = problem_->element;
        for (const Number& number : problem_->numbers) {
            std::vector<int32_t> numbers((size_t)state_.extents()[(size_t)problem_->extent]);
            read_array(folder_ / number.file, Type::int32, {(int64_t)numbers.size()}, numbers.data());
            replace(text, number.placeholder, std::to_string(numbers[(size_t)element_]));
        }
        replace(text, "number", std::to_string(element_));
        if (problem_->ends < 0) return text;
        StoredRule& rule = *state_.rule_of(problem_->ends);
        const void* const targets = state_.memory(problem_->ends);
        const bool is_short = model_.arrays[(size_t)problem_->ends].type == Type::uint16;
        const int64_t target = is_short ? ((const uint16_t*)targets)[element_] : ((const int32_t*)targets)[element_];
        replace(text, "source", std::to_string(rule.source_of(element_)));
        replace(text, "target", std::to_string(target - rule.get().first_target));
        return text;
    }

    std::string values() const {
        for (const Variable& variable : problem_->variables) {
            const double value = state_.value(variable.array, element_);
            if (std::isfinite(value)) continue;
            const std::string shown = std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
            return "'" + std::string(variable.name) + "' of {element} is " + shown;
        }
        return "the values of {element} are not finite";
    }

    const Model& model_;
    State& state_;
    const fs::path folder_;
    const Problem* problem_;
    int64_t element_, step_;
};

// The compiled simulation over a state.
class Simulation {
public:
    Simulation(const Model& model, State& state, int32_t threads) : model_(model), state_(state), threads_(threads) {
        if (eqsim_interface_version() != EQSIM_INTERFACE_VERSION)
            throw Failure("simulation.cpp and interface.h are of different versions of eqsim");
        begin();
    }

    eqsim_simulation* get() { return made_.get(); }

    int64_t advance(int64_t ticks) {
        has_advanced_ = true;
        return eqsim_advance(made_.get(), ticks);
    }

    // The state, with the events that are on their way.
    State::Kept kept() const {
        State::Kept kept = state_.kept();
        for (size_t history = 0; has_advanced_ && history < model_.histories.size(); ++history) {
            const int32_t number = (int32_t)(model_.records.size() + history);
            const std::vector<Column>& columns = model_.histories[history].columns;
            for (size_t column = 0; column < columns.size(); ++column)
                state_.resize(kept, columns[column].array, eqsim_column(made_.get(), number, 0, (int32_t)column),
                              eqsim_rows(made_.get(), number, 0));
        }
        return kept;
    }

    void put_back(const State::Kept& kept) {
        state_.put_back(kept);
        begin();
    }

private:
    void begin() {
        const std::vector<int64_t>& sizes = state_.extents();
        const int64_t none = 0;
        made_.reset(eqsim_create(1, sizes.empty() ? &none : sizes.data(), threads_));
        if (!made_) throw Failure("out of memory for the events of the simulation");
        for (int32_t array = 0; array < (int32_t)model_.arrays.size(); ++array) {
#ifdef EQSIM_DEVICE
            if (StoredRule* const rule = state_.rule_of(array)) {
                eqsim_connect(made_.get(), array, &rule->get());
                continue;
            }
#endif
            eqsim_bind(made_.get(), array, state_.memory(array));
        }
        has_advanced_ = false;
    }

    const Model& model_;
    State& state_;
    const int32_t threads_;
    std::unique_ptr<eqsim_simulation, void (*)(eqsim_simulation*)> made_{nullptr, &eqsim_destroy};
    bool has_advanced_ = false;
};

// Tells how far the program is: on a terminal a line that changes, elsewhere a line every ten seconds.
class Progress {
public:
    Progress(double seconds, bool is_asked_for) : seconds_(seconds), is_terminal_(isatty(2) != 0) {
        is_shown_ = is_asked_for || is_terminal_;
    }

    void tell_from_time_to_time(double part) {
        const double elapsed = seconds_since(began_);
        if (elapsed < next_) return;
        next_ = elapsed + (is_shown_ ? 0.1 : 10);
        if (is_shown_) show(part);
        else std::printf("%s\n", text(part).c_str());
        std::fflush(stdout);
    }

    void tell_end(double part) {
        if (is_shown_) {
            show(part);
            if (is_terminal_) std::fprintf(stderr, "\n");
        }
        std::printf("%s\n", text(part).c_str());
        std::fflush(stdout);
    }

    double wall_seconds() const { return seconds_since(began_); }

private:
    void show(double part) const {
        std::fprintf(stderr, is_terminal_ ? "\r%-70s" : "%s\n", text(part).c_str());
        std::fflush(stderr);
    }

    std::string text(double part) const {
        const double elapsed = seconds_since(began_);
        char percent[16];
        std::snprintf(percent, sizeof percent, "%3.0f%%", 100 * part);
        std::string told = percent + (" of " + duration_text(seconds_)) + " simulated in " + duration_text(elapsed);
        if (part > 0 && part < 1) told += ", about " + duration_text(elapsed * (1 - part) / part) + " left";
        return told;
    }

    const double seconds_;
    const bool is_terminal_;
    bool is_shown_;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    double next_ = 0.1;
};

// All stages, one after the other.
class Run {
public:
    Run(const Model& model, State& state, const Options& options, const std::vector<Stage>& stages, int32_t threads)
        : model_(model), state_(state), options_(options), stages_(stages), simulation_(model, state, threads),
          seconds_(seconds_in_all(stages)), progress_(seconds_, options.shows_progress) {}

    // Run to the end, or until a signal comes; what is recorded goes to the results as it comes.
    void execute(Results& results) {
        std::printf("Simulating %s from t = %s\n", duration_text(seconds_).c_str(),
                    duration_text(state_.start).c_str());
        std::fflush(stdout);
        for (const Stage& stage : stages_) {
            if (stopped_by != 0) break;
            switch (stage.kind) {
                case Stage::Kind::run: simulate(stage.seconds, results); break;
                case Stage::Kind::set:
                    for (const auto& entry : stage.values) state_.replace(entry.first, entry.second);
                    break;
                case Stage::Kind::store: kept_[stage.name] = {simulation_.kept(), results.now()}; break;
                case Stage::Kind::restore: restore(stage, results); break;
            }
            is_complete_ = &stage == &stages_.back() && is_over();
        }
        progress_.tell_end(part());
    }

    bool is_complete() const { return is_complete_; }

    eqsim_simulation* simulation() { return simulation_.get(); }

    Standing standing(const char* status) { return {status, seconds_, time(), progress_.wall_seconds()}; }

private:
    void simulate(double seconds, Results& results) {
        state_.set_end(state_.now + seconds);
        state_.now += seconds;
        current_ = seconds;
        begins_.clear();
        steps_ = 0;
        for (const Clock& clock : model_.clocks) {
            begins_.push_back(state_.single<int64_t>(clock.timestep));
            steps_ += std::max<int64_t>(0, state_.single<int64_t>(clock.end) - begins_.back());
        }
        advance(results);
        check_finite();
        if (!is_over()) return;
        finished_ += seconds;
        current_ = 0;
    }

    void advance(Results& results) {
        int64_t ticks = 1;
        while (stopped_by == 0) {
            const auto began = std::chrono::steady_clock::now();
            if (options_.ends_with_input) note_end_of_input();
            const int64_t done = simulation_.advance(ticks);
            results.drain(simulation_.get());
            if (done < 0) fail(done);
            if (done < ticks) break;
            progress_.tell_from_time_to_time(part());
            // Short chunks: what waits in memory stays small, and a signal is heard soon.
            const double wanted = (double)ticks * model_.chunk_seconds / std::max(seconds_since(began), 1e-9);
            ticks = (int64_t)std::max(1.0, std::min(wanted, 10.0 * (double)ticks));
        }
    }

    void restore(const Stage& stage, Results& results) {
        const auto found = kept_.find(stage.name);
        if (found == kept_.end()) throw Failure("nothing was stored under the name '" + stage.name + "'");
        simulation_.put_back(found->second.state);
        std::vector<Results::Moment*> others;
        for (auto& entry : kept_)
            if (entry.first != stage.name) others.push_back(&entry.second.records);
        results.go_back(found->second.records, others);
        begins_.clear();
        steps_ = 0;
        if (!stage.has_new_key) return;
        state_.set_key(options_.seed.empty() ? stage.key : eqsim::mixed(parsed_seed(options_.seed), stage.number));
    }

    // The time in the model, in seconds: that of the next step which is left to do.
    double time() {
        if (is_over()) return state_.now;
        double next = HUGE_VAL;
        for (const Clock& clock : model_.clocks) next = std::min(next, state_.time(clock));
        return next;
    }

    // Whether the run under way is over; the same whatever clocks round.
    bool is_over() { return done() >= steps_; }

    int64_t done() {
        int64_t done = 0;
        for (size_t number = 0; number < begins_.size(); ++number)
            done += state_.single<int64_t>(model_.clocks[number].timestep) - begins_[number];
        return done;
    }

    // Which part of all runs is done, from 0 to 1.
    double part() {
        if (seconds_ == 0) return 1;
        const double of_current = steps_ == 0 ? 1.0 : (double)done() / (double)steps_;
        return std::min(1.0, (finished_ + current_ * of_current) / seconds_);
    }

    [[noreturn]] void fail(int64_t code) {
#ifdef EQSIM_DEVICE
        if (*eqsim_message() != '\0') throw Failure(eqsim_message());
#endif
        if (code == EQSIM_OUT_OF_MEMORY)
            throw Failure("out of memory for what the monitors record; record fewer variables, neurons or steps");
        if (code != EQSIM_CHECK_FAILED) throw Failure("the simulation failed with code " + std::to_string(code));
        int64_t found[4] = {0, 0, 0, 0};
        eqsim_failed_check(simulation_.get(), found);
        const Problem& problem = model_.problems[(size_t)found[0]];
        throw Failure(FailedCheck(model_, state_, state_.folder(), problem, found[2], found[3]).text());
    }

    // Checks let infinite values pass where an event may set them back; none may stay.
    void check_finite() {
        for (const Problem& problem : model_.problems) {
            const int64_t steps = state_.single<int64_t>(model_.clocks[(size_t)problem.clock].timestep);
            if (steps == begins_[(size_t)problem.clock]) continue;
            for (int64_t element = 0; element < state_.extents()[(size_t)problem.extent]; ++element)
                for (const Variable& variable : problem.variables)
                    if (!std::isfinite(state_.value(variable.array, element)))
                        throw Failure(
                            FailedCheck(model_, state_, state_.folder(), problem, element, steps - 1).text());
        }
    }

    struct Moment {
        State::Kept state;
        Results::Moment records;
    };

    const Model& model_;
    State& state_;
    const Options& options_;
    const std::vector<Stage>& stages_;
    Simulation simulation_;
    const double seconds_;         // of all runs
    double finished_ = 0;          // of the runs that are over
    double current_ = 0;           // of the run under way
    std::vector<int64_t> begins_;  // its first step on each clock
    int64_t steps_ = 0;            // and how many there are on all clocks
    bool is_complete_ = false;
    std::map<std::string, Moment> kept_;
    Progress progress_;
};

int32_t threads_of(const Model& model, const State& state, const Options& options) {
#ifdef EQSIM_DEVICE
    (void)model, (void)state;
    if (options.threads > 0) throw Failure("this program runs on a device: it takes no --threads", 2);
    return EQSIM_DEVICE_MODE;
#else
    const int32_t threads = options.threads > 0 ? options.threads : useful_threads(model, state);
#ifdef EQSIM_WITHOUT_THREADS
    if (options.threads > 1)
        std::fprintf(stderr, "simulate: built without threads: one thread instead of %d\n", (int)threads);
    return 1;
#else
    return threads;
#endif
#endif
}

void set_duration(std::vector<Stage>& stages, double seconds) {
    Stage* const run = only_run(stages);
    if (run == nullptr)
        throw Failure("--duration is for models with one run, and this one has several;"
                      " change it in the script and export the model again", 2);
    run->seconds = seconds;
}

int simulate(const Model& model, const Options& options) {
    State state(model, options.project / "state");
    std::vector<Stage> stages = StageReader(options.project / "state" / "stages.json").all();
    state.apply(options);
    if (options.duration >= 0) set_duration(stages, options.duration);
    state.set_end(state.start + seconds_in_all(stages));
    const int32_t threads = threads_of(model, state, options);
    Run run(model, state, options, stages, threads);
    Results results(model, state, options, threads, seconds_in_all(stages));
    try {
        run.execute(results);
        results.write_state(state, run.simulation());
        results.write_run(run.standing(run.is_complete() ? "complete" : "interrupted"));
        std::printf("Results are in %s\n", quoted(options.results).c_str());
        return run.is_complete() ? 0 : 128 + stopped_by;
    } catch (const Failure&) {
        try {
            results.write_run(run.standing("failed"));
        } catch (const Failure&) {  // NOLINT(bugprone-empty-catch)
            // The disk is full, say: run.json still says "running", and the first failure is told.
        }
        throw;
    }
}

int help(const Model& model, const Options& options) {
    print_help(model);
    try {
        State(model, options.project / "state").print_parameters();
    } catch (const Failure& failure) {
        std::printf("\nIts parameters are not known: %s\n", failure.what());
    }
    return 0;
}

}  // namespace

int main_of(const Model& model, int argc, char** argv) {
    std::signal(SIGINT, &note_signal);
    std::signal(SIGTERM, &note_signal);
#ifdef SIGXFSZ
    // A file that may not grow any more is an error like a full disk.
    std::signal(SIGXFSZ, SIG_IGN);
#endif
    try {
        const Options options = parse_options(model, argc, argv);
        return options.help ? help(model, options) : simulate(model, options);
    } catch (const Failure& failure) {
        std::fprintf(stderr, "simulate: %s\n", failure.what());
        return failure.status;
    } catch (const std::bad_alloc&) {
        std::fprintf(stderr, "simulate: out of memory for the state of the model\n");
        return 1;
    }
}

}  // namespace standalone
