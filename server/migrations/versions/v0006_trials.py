"""Published reports of trials: what is all participants', and what is one's own, apart."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table(
        "trials",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("published_utc_s", sa.Float(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_trials_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trials")),
    )
    op.create_index("ix_trials_organisation_id", "trials", ["organisation_id"], unique=False)
    op.create_table(
        "trial_persons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trial_id", sa.String(length=32), nullable=False),
        sa.Column("wearer_id", sa.String(length=32), nullable=True),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["trial_id"], ["trials.id"], name=op.f("fk_trial_persons_trial_id")),
        sa.ForeignKeyConstraint(["wearer_id"], ["users.id"], name=op.f("fk_trial_persons_wearer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_persons")),
        sa.UniqueConstraint("trial_id", "person", name=op.f("uq_trial_persons_trial_id_person")),
    )
    op.create_index("ix_trial_persons_wearer_id", "trial_persons", ["wearer_id"], unique=False)
    op.create_table(
        "trial_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trial_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("of_all", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["trial_id"], ["trials.id"], name=op.f("fk_trial_files_trial_id")),
        sa.ForeignKeyConstraint(["person_id"], ["trial_persons.id"], name=op.f("fk_trial_files_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_files")),
        sa.UniqueConstraint("trial_id", "name", "number", name=op.f("uq_trial_files_trial_id_name_number")),
    )
    op.create_index("ix_trial_files_person_id", "trial_files", ["person_id"], unique=False)
