-- purpose: tables of what people belong to: households, kin, groups, partners, tills, successors of units
-- parameters: none
-- result: none
-- locks: none, the tables are new
-- errors: 42P07 when a table exists already

CREATE TABLE foundation.org_unit_successor (
    org_unit_id UUID NOT NULL,
    successor_id UUID NOT NULL,
    valid_from DATE NOT NULL,
    is_main BOOLEAN NOT NULL,
    decided_by INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (org_unit_id, successor_id),
    CONSTRAINT unit_does_not_succeed_itself CHECK (successor_id <> org_unit_id),
    CONSTRAINT org_unit_id_is_a_unit FOREIGN KEY(org_unit_id) REFERENCES foundation.org_unit (org_unit_id),
    CONSTRAINT successor_id_is_a_unit FOREIGN KEY(successor_id) REFERENCES foundation.org_unit (org_unit_id),
    CONSTRAINT decided_by_is_a_caller FOREIGN KEY(decided_by) REFERENCES foundation.caller (caller_id)
);

CREATE INDEX org_unit_successor_by_successor ON foundation.org_unit_successor (successor_id);

CREATE UNIQUE INDEX org_unit_has_one_main_successor ON foundation.org_unit_successor (org_unit_id) WHERE is_main;

COMMENT ON TABLE foundation.org_unit_successor IS 'What became of merged and split units; only the main successor is inherited from';

COMMENT ON COLUMN foundation.org_unit_successor.org_unit_id IS 'the dissolved unit';

COMMENT ON COLUMN foundation.org_unit_successor.successor_id IS 'the unit that goes on';

COMMENT ON COLUMN foundation.org_unit_successor.valid_from IS 'day on which the one ended';

COMMENT ON COLUMN foundation.org_unit_successor.is_main IS 'where programmes, estates and rules of the dissolved unit find themselves';

COMMENT ON COLUMN foundation.org_unit_successor.decided_by IS 'who entered it';

COMMENT ON COLUMN foundation.org_unit_successor.created_at IS 'when the row was made';

CREATE TABLE foundation.household (
    tenant_id INTEGER NOT NULL,
    household_id UUID NOT NULL,
    number TEXT NOT NULL,
    org_unit_id UUID,
    head_member_id UUID NOT NULL,
    created_by INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (tenant_id, household_id),
    CONSTRAINT household_number_is_unique_in_a_programme UNIQUE (tenant_id, number),
    CONSTRAINT head_is_a_member_here FOREIGN KEY(tenant_id, head_member_id) REFERENCES foundation.member (tenant_id, member_id),
    CONSTRAINT org_unit_id_is_a_unit FOREIGN KEY(org_unit_id) REFERENCES foundation.org_unit (org_unit_id),
    CONSTRAINT created_by_is_a_caller FOREIGN KEY(created_by) REFERENCES foundation.caller (caller_id)
);

COMMENT ON TABLE foundation.household IS 'People who live together, as the programme knows them';

COMMENT ON COLUMN foundation.household.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.household.household_id IS 'public id';

COMMENT ON COLUMN foundation.household.number IS 'number in the programme''s register (户号)';

COMMENT ON COLUMN foundation.household.org_unit_id IS 'where it lives';

COMMENT ON COLUMN foundation.household.head_member_id IS 'the head (户主)';

COMMENT ON COLUMN foundation.household.created_by IS 'who entered it';

COMMENT ON COLUMN foundation.household.created_at IS 'when the row was made';

CREATE TABLE foundation.kinship (
    tenant_id INTEGER NOT NULL,
    kinship_id UUID NOT NULL,
    member_id UUID NOT NULL,
    relative_member_id UUID,
    relative_sealed BYTEA,
    relation TEXT NOT NULL,
    evidence TEXT NOT NULL,
    begins_on DATE NOT NULL,
    verified_by INTEGER NOT NULL,
    verified_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_on DATE,
    end_reason TEXT,
    ended_by INTEGER,
    PRIMARY KEY (tenant_id, kinship_id),
    CONSTRAINT kinship_is_of_a_member FOREIGN KEY(tenant_id, member_id) REFERENCES foundation.member (tenant_id, member_id),
    CONSTRAINT relative_is_a_member_here FOREIGN KEY(tenant_id, relative_member_id) REFERENCES foundation.member (tenant_id, member_id),
    CONSTRAINT nobody_is_their_own_relative CHECK (relative_member_id <> member_id),
    CONSTRAINT relative_is_named_once CHECK (num_nonnulls(relative_member_id, relative_sealed) = 1),
    CONSTRAINT kinship_ends_after_it_began CHECK (ends_on >= begins_on),
    CONSTRAINT kinship_is_ended_as_a_whole CHECK (num_nulls(ends_on, end_reason, ended_by) IN (0, 3)),
    CONSTRAINT verified_by_is_a_caller FOREIGN KEY(verified_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT ended_by_is_a_caller FOREIGN KEY(ended_by) REFERENCES foundation.caller (caller_id)
);

CREATE INDEX kinship_by_member ON foundation.kinship (tenant_id, member_id);

CREATE UNIQUE INDEX two_members_are_related_once ON foundation.kinship (tenant_id, least(member_id, relative_member_id), greatest(member_id, relative_member_id)) WHERE ends_on IS NULL AND relative_member_id IS NOT NULL;

CREATE INDEX kinship_by_relative ON foundation.kinship (tenant_id, relative_member_id);

COMMENT ON TABLE foundation.kinship IS 'Verified kinship of a member; read from both sides';

COMMENT ON COLUMN foundation.kinship.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.kinship.kinship_id IS 'public id';

COMMENT ON COLUMN foundation.kinship.member_id IS 'whose relative it is';

COMMENT ON COLUMN foundation.kinship.relative_member_id IS 'the relative, where a member here';

COMMENT ON COLUMN foundation.kinship.relative_sealed IS 'name of one who is none, under member''s key';

COMMENT ON COLUMN foundation.kinship.relation IS 'what the relative is to the member';

COMMENT ON COLUMN foundation.kinship.evidence IS 'what was seen; no names, no numbers';

COMMENT ON COLUMN foundation.kinship.begins_on IS 'first day';

COMMENT ON COLUMN foundation.kinship.verified_by IS 'who saw the evidence';

COMMENT ON COLUMN foundation.kinship.verified_at IS 'when';

COMMENT ON COLUMN foundation.kinship.ends_on IS 'first day after it; absent: it goes on';

COMMENT ON COLUMN foundation.kinship.end_reason IS 'why it ended';

COMMENT ON COLUMN foundation.kinship.ended_by IS 'who entered the end';

CREATE TABLE foundation.guardianship (
    tenant_id INTEGER NOT NULL,
    guardianship_id UUID NOT NULL,
    person_id BIGINT NOT NULL,
    ward_member_id UUID NOT NULL,
    kind TEXT NOT NULL,
    evidence TEXT NOT NULL,
    grant_id UUID NOT NULL,
    begins_on DATE NOT NULL,
    verified_by INTEGER NOT NULL,
    verified_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_on DATE,
    end_reason TEXT,
    ended_by INTEGER,
    PRIMARY KEY (tenant_id, guardianship_id),
    CONSTRAINT ward_is_a_member_here FOREIGN KEY(tenant_id, ward_member_id) REFERENCES foundation.member (tenant_id, member_id),
    CONSTRAINT guardianship_kind_is_known CHECK (kind IN ('minor', 'incapacity')),
    CONSTRAINT guardianship_ends_after_it_began CHECK (ends_on >= begins_on),
    CONSTRAINT guardianship_is_ended_as_a_whole CHECK (num_nulls(ends_on, end_reason, ended_by) IN (0, 3)),
    CONSTRAINT person_is_known FOREIGN KEY(person_id) REFERENCES foundation.person (person_id),
    CONSTRAINT verified_by_is_a_caller FOREIGN KEY(verified_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT ended_by_is_a_caller FOREIGN KEY(ended_by) REFERENCES foundation.caller (caller_id)
);

CREATE UNIQUE INDEX guardian_of_a_ward_once ON foundation.guardianship (tenant_id, ward_member_id, person_id) WHERE ends_on IS NULL;

COMMENT ON TABLE foundation.guardianship IS 'Who looks after the affairs of a member who cannot';

COMMENT ON COLUMN foundation.guardianship.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.guardianship.guardianship_id IS 'public id';

COMMENT ON COLUMN foundation.guardianship.person_id IS 'the guardian';

COMMENT ON COLUMN foundation.guardianship.ward_member_id IS 'who is looked after';

COMMENT ON COLUMN foundation.guardianship.kind IS 'minor or incapacity';

COMMENT ON COLUMN foundation.guardianship.evidence IS 'what was seen; no names, no numbers';

COMMENT ON COLUMN foundation.guardianship.grant_id IS 'the role that it gives';

COMMENT ON COLUMN foundation.guardianship.begins_on IS 'first day';

COMMENT ON COLUMN foundation.guardianship.verified_by IS 'who saw the evidence';

COMMENT ON COLUMN foundation.guardianship.verified_at IS 'when';

COMMENT ON COLUMN foundation.guardianship.ends_on IS 'first day after it; absent: it goes on';

COMMENT ON COLUMN foundation.guardianship.end_reason IS 'why it ended';

COMMENT ON COLUMN foundation.guardianship.ended_by IS 'who entered the end';

CREATE TABLE foundation.member_group (
    tenant_id INTEGER NOT NULL,
    group_id UUID NOT NULL,
    name TEXT NOT NULL,
    name_sort_key TEXT NOT NULL,
    leader_member_id UUID NOT NULL,
    begins_on DATE NOT NULL,
    ends_on DATE,
    created_by INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, group_id),
    CONSTRAINT group_name_is_unique_in_a_programme UNIQUE (tenant_id, name),
    CONSTRAINT leader_is_a_member_here FOREIGN KEY(tenant_id, leader_member_id) REFERENCES foundation.member (tenant_id, member_id),
    CONSTRAINT group_ends_after_it_began CHECK (ends_on >= begins_on),
    CONSTRAINT created_by_is_a_caller FOREIGN KEY(created_by) REFERENCES foundation.caller (caller_id)
);

COMMENT ON TABLE foundation.member_group IS 'A team of members (志愿服务队)';

COMMENT ON COLUMN foundation.member_group.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.member_group.group_id IS 'public id';

COMMENT ON COLUMN foundation.member_group.name IS 'name of the team';

COMMENT ON COLUMN foundation.member_group.name_sort_key IS 'pinyin of the name, for ordering';

COMMENT ON COLUMN foundation.member_group.leader_member_id IS 'who leads it';

COMMENT ON COLUMN foundation.member_group.begins_on IS 'first day';

COMMENT ON COLUMN foundation.member_group.ends_on IS 'first day after it; absent: it goes on';

COMMENT ON COLUMN foundation.member_group.created_by IS 'who entered it';

CREATE TABLE foundation.partner (
    tenant_id INTEGER NOT NULL,
    partner_id UUID NOT NULL,
    name TEXT NOT NULL,
    name_sort_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    begins_on DATE NOT NULL,
    ends_on DATE,
    created_by INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (tenant_id, partner_id),
    CONSTRAINT partner_name_is_unique_in_a_programme UNIQUE (tenant_id, name),
    CONSTRAINT partner_kind_is_known CHECK (kind IN ('unit', 'shop', 'craftsman')),
    CONSTRAINT partner_ends_after_it_began CHECK (ends_on >= begins_on),
    CONSTRAINT created_by_is_a_caller FOREIGN KEY(created_by) REFERENCES foundation.caller (caller_id)
);

COMMENT ON TABLE foundation.partner IS 'A unit, shop or craftsman that works with the programme (红色合伙人)';

COMMENT ON COLUMN foundation.partner.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.partner.partner_id IS 'public id; the holder of the partner''s accounts';

COMMENT ON COLUMN foundation.partner.name IS 'name';

COMMENT ON COLUMN foundation.partner.name_sort_key IS 'pinyin of the name, for ordering';

COMMENT ON COLUMN foundation.partner.kind IS 'unit, shop, craftsman';

COMMENT ON COLUMN foundation.partner.begins_on IS 'first day';

COMMENT ON COLUMN foundation.partner.ends_on IS 'first day after it; absent: it goes on';

COMMENT ON COLUMN foundation.partner.created_by IS 'who entered it';

COMMENT ON COLUMN foundation.partner.created_at IS 'when the row was made';

CREATE TABLE foundation.merchant_terminal (
    tenant_id INTEGER NOT NULL,
    terminal_id UUID NOT NULL,
    merchant_id UUID NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    api_key_id UUID,
    created_by INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (tenant_id, terminal_id),
    CONSTRAINT till_stands_at_a_merchant_here FOREIGN KEY(tenant_id, merchant_id) REFERENCES foundation.merchant (tenant_id, merchant_id),
    CONSTRAINT till_number_is_unique_at_a_merchant UNIQUE (tenant_id, merchant_id, number),
    CONSTRAINT key_belongs_to_one_till UNIQUE (tenant_id, api_key_id),
    CONSTRAINT till_status_is_known CHECK (status IN ('active', 'suspended')),
    CONSTRAINT created_by_is_a_caller FOREIGN KEY(created_by) REFERENCES foundation.caller (caller_id)
);

COMMENT ON TABLE foundation.merchant_terminal IS 'A till of a merchant (门店终端)';

COMMENT ON COLUMN foundation.merchant_terminal.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.merchant_terminal.terminal_id IS 'public id';

COMMENT ON COLUMN foundation.merchant_terminal.merchant_id IS 'whose till it is';

COMMENT ON COLUMN foundation.merchant_terminal.number IS 'number that its purchases carry';

COMMENT ON COLUMN foundation.merchant_terminal.name IS 'where it stands';

COMMENT ON COLUMN foundation.merchant_terminal.status IS 'active or suspended';

COMMENT ON COLUMN foundation.merchant_terminal.api_key_id IS 'the key that only this till uses';

COMMENT ON COLUMN foundation.merchant_terminal.created_by IS 'who entered it';

COMMENT ON COLUMN foundation.merchant_terminal.created_at IS 'when the row was made';

CREATE TABLE foundation.participation_change (
    tenant_id INTEGER NOT NULL,
    change_id UUID NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    status TEXT NOT NULL,
    effective_on DATE NOT NULL,
    reason TEXT NOT NULL,
    changed_by INTEGER NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant_id, change_id),
    CONSTRAINT subject_kind_is_known CHECK (subject_kind IN ('member', 'merchant', 'terminal')),
    CONSTRAINT new_status_is_known CHECK (status IN ('active', 'suspended', 'left')),
    CONSTRAINT changed_by_is_a_caller FOREIGN KEY(changed_by) REFERENCES foundation.caller (caller_id)
);

CREATE INDEX participation_change_by_subject ON foundation.participation_change (tenant_id, subject_id, change_id);

COMMENT ON TABLE foundation.participation_change IS 'Suspended, taken up again, left: with day and reason, never changed';

COMMENT ON COLUMN foundation.participation_change.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.participation_change.change_id IS 'public id';

COMMENT ON COLUMN foundation.participation_change.subject_kind IS 'member, merchant or terminal';

COMMENT ON COLUMN foundation.participation_change.subject_id IS 'who or what';

COMMENT ON COLUMN foundation.participation_change.status IS 'active, suspended or left';

COMMENT ON COLUMN foundation.participation_change.effective_on IS 'day of the cause';

COMMENT ON COLUMN foundation.participation_change.reason IS 'why';

COMMENT ON COLUMN foundation.participation_change.changed_by IS 'who entered it';

COMMENT ON COLUMN foundation.participation_change.changed_at IS 'from when it held';

CREATE TABLE foundation.name_change (
    change_id UUID NOT NULL,
    person_id BIGINT NOT NULL,
    previous_sealed BYTEA,
    reason TEXT NOT NULL,
    changed_by INTEGER NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (change_id),
    CONSTRAINT person_is_known FOREIGN KEY(person_id) REFERENCES foundation.person (person_id),
    CONSTRAINT changed_by_is_a_caller FOREIGN KEY(changed_by) REFERENCES foundation.caller (caller_id)
);

CREATE INDEX name_change_by_person ON foundation.name_change (person_id, change_id);

COMMENT ON TABLE foundation.name_change IS 'Names that were corrected; readable while the person''s key exists';

COMMENT ON COLUMN foundation.name_change.change_id IS 'public id';

COMMENT ON COLUMN foundation.name_change.person_id IS 'whose name';

COMMENT ON COLUMN foundation.name_change.previous_sealed IS 'the name before, under the person''s key';

COMMENT ON COLUMN foundation.name_change.reason IS 'why it was corrected';

COMMENT ON COLUMN foundation.name_change.changed_by IS 'who entered it';

COMMENT ON COLUMN foundation.name_change.changed_at IS 'when';

CREATE TABLE foundation.household_member (
    tenant_id INTEGER NOT NULL,
    household_id UUID NOT NULL,
    member_id UUID NOT NULL,
    begins_on DATE NOT NULL,
    ends_on DATE,
    entered_by INTEGER NOT NULL,
    ended_by INTEGER,
    PRIMARY KEY (tenant_id, household_id, member_id, begins_on),
    CONSTRAINT household_is_known FOREIGN KEY(tenant_id, household_id) REFERENCES foundation.household (tenant_id, household_id),
    CONSTRAINT household_holds_members FOREIGN KEY(tenant_id, member_id) REFERENCES foundation.member (tenant_id, member_id),
    CONSTRAINT household_membership_ends_after_it_began CHECK (ends_on >= begins_on),
    CONSTRAINT entered_by_is_a_caller FOREIGN KEY(entered_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT ended_by_is_a_caller FOREIGN KEY(ended_by) REFERENCES foundation.caller (caller_id)
);

CREATE UNIQUE INDEX member_lives_in_one_household ON foundation.household_member (tenant_id, member_id) WHERE ends_on IS NULL;

COMMENT ON TABLE foundation.household_member IS 'Who lives in which household from when to when; one household at a time';

COMMENT ON COLUMN foundation.household_member.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.household_member.household_id IS 'which household';

COMMENT ON COLUMN foundation.household_member.member_id IS 'who';

COMMENT ON COLUMN foundation.household_member.begins_on IS 'first day';

COMMENT ON COLUMN foundation.household_member.ends_on IS 'first day after it; absent: it goes on';

COMMENT ON COLUMN foundation.household_member.entered_by IS 'who entered it';

COMMENT ON COLUMN foundation.household_member.ended_by IS 'who entered the end';

CREATE TABLE foundation.group_member (
    tenant_id INTEGER NOT NULL,
    group_id UUID NOT NULL,
    member_id UUID NOT NULL,
    begins_on DATE NOT NULL,
    ends_on DATE,
    entered_by INTEGER NOT NULL,
    ended_by INTEGER,
    PRIMARY KEY (tenant_id, group_id, member_id, begins_on),
    CONSTRAINT group_is_known FOREIGN KEY(tenant_id, group_id) REFERENCES foundation.member_group (tenant_id, group_id),
    CONSTRAINT group_holds_members FOREIGN KEY(tenant_id, member_id) REFERENCES foundation.member (tenant_id, member_id),
    CONSTRAINT group_membership_ends_after_it_began CHECK (ends_on >= begins_on),
    CONSTRAINT entered_by_is_a_caller FOREIGN KEY(entered_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT ended_by_is_a_caller FOREIGN KEY(ended_by) REFERENCES foundation.caller (caller_id)
);

CREATE UNIQUE INDEX member_is_in_a_group_once ON foundation.group_member (tenant_id, member_id, group_id) WHERE ends_on IS NULL;

COMMENT ON TABLE foundation.group_member IS 'Who belongs to which team from when to when';

COMMENT ON COLUMN foundation.group_member.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.group_member.group_id IS 'which team';

COMMENT ON COLUMN foundation.group_member.member_id IS 'who';

COMMENT ON COLUMN foundation.group_member.begins_on IS 'first day';

COMMENT ON COLUMN foundation.group_member.ends_on IS 'first day after it; absent: it goes on';

COMMENT ON COLUMN foundation.group_member.entered_by IS 'who entered it';

COMMENT ON COLUMN foundation.group_member.ended_by IS 'who entered the end';

CREATE TABLE foundation.partner_contact (
    tenant_id INTEGER NOT NULL,
    contact_id UUID NOT NULL,
    partner_id UUID NOT NULL,
    person_id BIGINT NOT NULL,
    grant_id UUID NOT NULL,
    begins_on DATE NOT NULL,
    ends_on DATE,
    entered_by INTEGER NOT NULL,
    ended_by INTEGER,
    PRIMARY KEY (tenant_id, contact_id),
    CONSTRAINT partner_is_known FOREIGN KEY(tenant_id, partner_id) REFERENCES foundation.partner (tenant_id, partner_id),
    CONSTRAINT contact_ends_after_it_began CHECK (ends_on >= begins_on),
    CONSTRAINT person_is_known FOREIGN KEY(person_id) REFERENCES foundation.person (person_id),
    CONSTRAINT entered_by_is_a_caller FOREIGN KEY(entered_by) REFERENCES foundation.caller (caller_id),
    CONSTRAINT ended_by_is_a_caller FOREIGN KEY(ended_by) REFERENCES foundation.caller (caller_id)
);

CREATE UNIQUE INDEX person_speaks_for_a_partner_once ON foundation.partner_contact (tenant_id, partner_id, person_id) WHERE ends_on IS NULL;

COMMENT ON TABLE foundation.partner_contact IS 'Who speaks for a partner from when to when';

COMMENT ON COLUMN foundation.partner_contact.tenant_id IS 'tenant';

COMMENT ON COLUMN foundation.partner_contact.contact_id IS 'public id';

COMMENT ON COLUMN foundation.partner_contact.partner_id IS 'for which partner';

COMMENT ON COLUMN foundation.partner_contact.person_id IS 'who';

COMMENT ON COLUMN foundation.partner_contact.grant_id IS 'the role that it gives';

COMMENT ON COLUMN foundation.partner_contact.begins_on IS 'first day';

COMMENT ON COLUMN foundation.partner_contact.ends_on IS 'first day after it; absent: it goes on';

COMMENT ON COLUMN foundation.partner_contact.entered_by IS 'who entered it';

COMMENT ON COLUMN foundation.partner_contact.ended_by IS 'who entered the end';
