"""The trial's verbs of the command line. Light to import: the rooms are loaded by the verb used."""

import typer

from field_tests.cli_bench import add_bench_verbs
from field_tests.cli_cohorts import add_cohorts_verb
from field_tests.cli_count import add_count_verb
from field_tests.cli_fees import add_fees_verb
from field_tests.cli_outings import add_outings_verb
from field_tests.cli_protocol import protocol_app
from field_tests.cli_report import add_report_verb
from field_tests.cli_simulate import add_simulate_verb

study_app = typer.Typer(help="実証実験 / outings and the field trial", no_args_is_help=True)
add_outings_verb(study_app)
study_app.add_typer(protocol_app, name="protocol")
add_simulate_verb(study_app)
add_count_verb(study_app)
add_report_verb(study_app)
add_fees_verb(study_app)

bench_app = typer.Typer(help="正しさと速さを測る / how right and how fast it is", no_args_is_help=True)
study_app.add_typer(bench_app, name="bench")
add_bench_verbs(bench_app)
add_cohorts_verb(bench_app)
