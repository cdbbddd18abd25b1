// The folder of results.
#pragma once

#include "interface.h"
#include "state.h"

namespace standalone {

// Call a function of <filesystem> that reports into an error code.
template <class Call> void require(const std::string& problem, const fs::path& path, Call call) {
    std::error_code error;
    call(error);
    if (error) throw Failure(problem + " " + quoted(path) + ": " + error.message());
}

// How a run stands.
struct Standing {
    const char* status;
    double duration;  // that it is to simulate in all, in seconds
    double time;      // of the model, in seconds
    double wall_seconds;
};

// The folder has a file run.json from the beginning on; what that says of "status" becomes "complete"
// when everything else is written.
class Results {
public:
    // All records up to a moment.
    using Moment = std::vector<std::vector<GrowingArray::Moment>>;

    Results(const Model& model, const State& state, const Options& options, int32_t threads, double duration)
        : folder_(options.results), model_(model), options_(options), threads_(threads), start_(state.start) {
        prepare_folder();
        write_run({"running", duration, state.start, 0});
        for (const Array& array : model.arrays)
            if (*array.file != '\0') remove(folder_ / "state" / array.file);
        for (const Record& history : model.histories)
            for (const Column& column : history.columns) remove(folder_ / "records" / column.file);
        remove(folder_ / "params.json");
        copy(options.project / "model.json", "model.json");
        if (!options.parameters.empty()) copy(options.parameters, "params.json");
        for (const Record& record : model.records) {
            const Shape row = record.extent < 0 ? Shape{} : Shape{state.extents()[(size_t)record.extent]};
            std::vector<GrowingArray> columns;
            for (const Column& column : record.columns)
                columns.emplace_back(folder_ / "records" / column.file, column.type, row);
            columns_.push_back(std::move(columns));
            widths_.push_back(product(row));
        }
    }

    // Move what was recorded from the simulation's memory into the files.
    void drain(eqsim_simulation* simulation) {
        for (size_t record = 0; record < columns_.size(); ++record) {
            const int64_t values = eqsim_rows(simulation, (int32_t)record, 0);
            if (values == 0) continue;
            const int64_t rows = values / widths_[record];
            for (size_t column = 0; column < columns_[record].size(); ++column)
                columns_[record][column].append(
                    eqsim_column(simulation, (int32_t)record, 0, (int32_t)column), rows);
            for (GrowingArray& column : columns_[record]) column.publish();
            eqsim_clear(simulation, (int32_t)record);
        }
    }

    Moment now() const {
        Moment found(columns_.size());
        for (size_t record = 0; record < columns_.size(); ++record)
            for (const GrowingArray& column : columns_[record]) found[record].push_back(column.now());
        return found;
    }

    // Go back to what was recorded up to a moment; others that are to come back stay whole.
    void go_back(Moment& moment, const std::vector<Moment*>& others) {
        for (size_t record = 0; record < columns_.size(); ++record)
            for (size_t column = 0; column < columns_[record].size(); ++column) {
                for (Moment* const other : others)
                    columns_[record][column].keep((*other)[record][column], moment[record][column].in_file);
                columns_[record][column].go_back(moment[record][column]);
            }
    }

    // Write the final state, and say what is in every file.
    void write_state(const State& state, const eqsim_simulation* simulation) {
        state.write(folder_ / "state", files_);
        for (const char* file : model_.carried) copy(state.folder() / file, "state/" + std::string(file));
        for (size_t record = 0; record < columns_.size(); ++record)
            for (size_t column = 0; column < columns_[record].size(); ++column)
                files_["records/" + std::string(model_.records[record].columns[column].file)] =
                    columns_[record][column].written();
        write_histories(simulation);
    }

    // Say how the run stands; the old file is there until the new one is whole.
    void write_run(const Standing& standing) const {
        std::string written = run_text(standing);
        // The checksum is that of the text with zeros in its place.
        Checksum checksum;
        checksum.add(written.data(), written.size());
        written.replace(written.rfind("00000000"), 8, digits(checksum.value()));
        const fs::path part = folder_ / "run.json.part";
        {
            File file(part, "wb");
            file.write(written.data(), written.size());
            file.flush();
        }
        require("cannot write", folder_ / "run.json",
                [&](std::error_code& error) { fs::rename(part, folder_ / "run.json", error); });
    }

private:
    // Write the events of the last steps, some of which may still be on their way.
    void write_histories(const eqsim_simulation* simulation) {
        for (size_t history = 0; history < model_.histories.size(); ++history) {
            const int32_t number = (int32_t)(model_.records.size() + history);
            const std::vector<Column>& columns = model_.histories[history].columns;
            for (size_t column = 0; column < columns.size(); ++column)
                files_["records/" + std::string(columns[column].file)] =
                    write_array(folder_ / "records" / columns[column].file, columns[column].type,
                                {eqsim_rows(simulation, number, 0)},
                                eqsim_column(simulation, number, 0, (int32_t)column));
        }
    }

    static std::string digits(uint32_t checksum) {
        char written[16];
        std::snprintf(written, sizeof written, "%08x", (unsigned)checksum);
        return written;
    }

    std::string run_text(const Standing& standing) const {
        char numbers[256];
        std::snprintf(numbers, sizeof numbers,
                      "  \"start\": %.17g,\n"
                      "  \"duration\": %.17g,\n"
                      "  \"time\": %.17g,\n"
                      "  \"wall_seconds\": %.3f,\n"
                      "  \"threads\": %d,\n",
                      start_, standing.duration, standing.time, standing.wall_seconds, (int)threads_);
        std::string text = "{\n  \"format\": \"eqsim results\",\n  \"format_version\": 2,\n";
        text += "  \"eqsim_version\": " + json_text(model_.version) + ",\n";
        text += "  \"status\": " + json_text(standing.status) + ",\n" + numbers;
        text += "  \"seed\": " + (options_.seed.empty() ? std::string("null") : options_.seed) + ",\n";
        text += "  \"dt\": " + (options_.dt.empty() ? std::string("null") : json_text(options_.dt)) + ",\n";
        return text + "  \"set\": " + settings() + ",\n  \"files\": " + files() + ",\n  \"crc32\": \"00000000\"\n}\n";
    }

    // What was set, by name; the last of several values of one name counts.
    std::string settings() const {
        std::map<std::string, std::string> texts;
        for (const Setting& setting : options_.settings) texts[setting.name] = said(setting.value);
        std::string text = "{";
        for (const auto& entry : texts)
            text += (text.size() > 1 ? ", " : "") + json_text(entry.first) + ": " + json_text(entry.second);
        return text + "}";
    }

    static std::string said(const Json& value) {
        char written[32];
        switch (value.kind) {
            case Json::Kind::text: return value.text;
            case Json::Kind::truth: return value.truth ? "true" : "false";
            case Json::Kind::number:
                std::snprintf(written, sizeof written, "%.17g", value.number);
                return written;
            default: return "see params.json";
        }
    }

    std::string files() const {
        std::string text = "{";
        for (const auto& entry : files_)
            text += (text.size() > 1 ? ",\n    " : "\n    ") + json_text(entry.first) + ": {\"bytes\": " +
                    std::to_string(entry.second.bytes) + ", \"crc32\": \"" + digits(entry.second.checksum) + "\"}";
        return text + "}";
    }

    void prepare_folder() const {
        std::error_code ignored;
        if (fs::exists(folder_, ignored) && !fs::is_directory(folder_, ignored))
            throw Failure("cannot write results into " + quoted(folder_) +
                          ": it is not a folder; name another with --results");
        const auto make = [](const fs::path& folder) {
            require("cannot make the folder", folder,
                    [&](std::error_code& error) { fs::create_directories(folder, error); });
        };
        make(folder_);
        bool empty = false;
        require("cannot read", folder_, [&](std::error_code& error) { empty = fs::is_empty(folder_, error); });
        if (!empty && !holds_results())
            throw Failure("the folder " + quoted(folder_) + " holds other things than results;"
                          " name an empty or a new one with --results");
        make(folder_ / "state");
        make(folder_ / "records");
    }

    bool holds_results() const {
        std::error_code ignored;
        const fs::path path = folder_ / "run.json";
        return fs::is_regular_file(path, ignored) &&
               content_of(path).find("\"format\": \"eqsim results\"") != std::string::npos;
    }

    static void remove(const fs::path& old) {
        require("cannot remove", old, [&](std::error_code& error) { fs::remove(old, error); });
    }

    void copy(const fs::path& from, const std::string& to) {
        require("cannot copy", from, [&](std::error_code& error) {
            fs::copy_file(from, folder_ / to, fs::copy_options::overwrite_existing, error);
        });
        const std::string content = content_of(folder_ / to);
        Checksum checksum;
        checksum.add(content.data(), content.size());
        files_[to] = {content.size(), checksum.value()};
    }

    const fs::path folder_;
    const Model& model_;
    const Options& options_;
    const int32_t threads_;
    const double start_;
    std::map<std::string, Written> files_;
    std::vector<std::vector<GrowingArray>> columns_;
    std::vector<int64_t> widths_;
};

}  // namespace standalone
