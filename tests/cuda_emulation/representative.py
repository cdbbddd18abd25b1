"""Which tests of the language run on emulated CUDA unless all are asked for."""

REPRESENTATIVE = (
    "test_a_parameter_can_change_between_runs",
    "test_a_sum_over_the_synapses_of_each_target_is_that_of_numpy",
    "test_all_instances_begin_with_the_same_and_go_on_by_themselves",
    "test_arrays_taken_before_stay_as_they_were",
    "test_branches_and_draws_in_bodies",
    "test_clocks_act_together_where_their_times_meet",
    "test_code_runs_at_the_very_times",
    "test_counts_and_spikes_go_on_over_runs",
    "test_custom_event_is_tested_after_thresholds_and_before_resets",
    "test_each_of_many_delays_arrives_in_its_step",
    "test_each_scheme_counts_its_pairs_of_spikes",
    "test_events_are_given_for_moments",
    "test_event_code_runs_after_resets_by_default",
    "test_functions_call_others",
    "test_gap_junctions_approach_the_matrix_exponential",
    "test_group_linked_to_its_own_neighbours_sees_values_of_before_the_step",
    "test_input_acts_in_its_slot",
    "test_instances_are_independent",
    "test_neuron_is_refractory_for_exactly_the_period_in_steps",
    "test_older_events_act_first_then_elements_then_targets",
    "test_pairs_of_spikes_change_weights_as_their_closed_form",
    "test_parts_of_groups_number_their_elements_from_zero",
    "test_profiling_changes_no_results",
    "test_regular_operation_with_its_own_step",
    "test_replay_with_the_random_state_is_exact",
    "test_run_in_parts_equals_the_run_in_one_bit_for_bit",
    "test_spikes_come_again_after_a_period",
    "test_spikes_on_their_way_come_back",
    "test_state_monitor_with_its_own_step",
    "test_sum_over_the_synapses_of_each_target",
    "test_synapses_as_target",
    "test_synapses_with_a_state_run_in_order",
    "test_targets_give_the_same_numbers",
    "test_the_events_of_as_many_steps_as_asked_for_are_kept",
    "test_the_variable_the_neuron_the_step_and_what_to_do_are_told",
    "test_times_are_double_precision_whatever_the_model_is",
    "test_what_a_condition_calls_is_called_before_each_pass",
    "test_writes_through_indices_of_indices_are_made_one_after_the_other",
)
"""Beginnings of names, at least one for each kind of kernel."""


def is_representative(name):
    """Return whether a test is one of those that always run."""
    return name.startswith(REPRESENTATIVE)
