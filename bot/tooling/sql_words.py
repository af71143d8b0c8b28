"""The words that may stand before a bracket in a query: PostgreSQL's keywords and types, and functions that only reckon.

A list of what is good, since one of what is bad is never whole: `pg_read_file`, `dblink`, `lo_import`, `set_config`,
`nextval`, `query_to_xml`, `repeat` (a gigabyte in one cell) … are absent, and so is whatever PostgreSQL or an extension
will add.
"""

from __future__ import annotations

_KEYWORDS = """
    all and any array as asc at between by case cast cross cube desc distinct else end escape except exists
    extract filter first following from full group grouping having ilike in inner intersect is isnull join last
    lateral left like limit materialized natural not notnull null nulls of offset on or order ordinality outer
    over overlay partition position preceding range recursive right rollup row rows select sets similar some
    substring symmetric then to treat trim unbounded union using values when where window with within without
    zone
"""

_TYPES = """
    bigint bit bool boolean bpchar char character date decimal double float float4 float8 int int2 int4 int8
    integer interval numeric precision real smallint text time timestamp timestamptz timetz uuid varchar varying
"""

_AGGREGATES = """
    array_agg avg bit_and bit_or bool_and bool_or corr count covar_pop covar_samp every json_agg json_object_agg
    jsonb_agg jsonb_object_agg max min mode percentile_cont percentile_disc range_agg regr_avgx regr_avgy regr_count
    regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy stddev stddev_pop stddev_samp string_agg sum
    var_pop var_samp variance any_value
"""
_WINDOWS = "cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number"
_NUMBERS = """
    abs acos asin atan atan2 cbrt ceil ceiling cos degrees div erf exp factorial floor gcd greatest lcm least ln log
    log10 min_scale mod pi power radians random round scale sign sin sqrt tan trim_scale trunc width_bucket
"""
_TEXTS = """
    ascii btrim char_length character_length chr concat concat_ws format initcap left length lower lpad ltrim md5
    normalize octet_length overlay position quote_literal regexp_count regexp_instr regexp_like regexp_match
    regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr replace reverse right
    rpad rtrim split_part starts_with strpos substr substring to_ascii to_hex translate trim unaccent upper
"""
_TIMES = """
    age clock_timestamp date_bin date_part date_trunc extract isfinite justify_days justify_hours justify_interval
    make_date make_interval make_time make_timestamp make_timestamptz now timezone to_char to_date to_number
    to_timestamp transaction_timestamp
"""
_CHOICES = "coalesce nullif num_nonnulls num_nulls"
_LISTS = """
    array_append array_cat array_dims array_length array_lower array_ndims array_position array_positions
    array_prepend array_remove array_replace array_to_string array_upper cardinality generate_series
    daterange generate_subscripts int4range int8range numrange tsrange tstzrange
    string_to_array string_to_table trim_array unnest isempty lower_inc upper_inc
"""
_JSON = """
    array_to_json json_array json_array_elements json_array_elements_text json_array_length json_build_array
    json_build_object json_each json_each_text json_extract_path json_extract_path_text json_object
    json_object_keys json_strip_nulls json_typeof jsonb_array_elements jsonb_array_elements_text
    jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_exists
    jsonb_extract_path jsonb_extract_path_text jsonb_object jsonb_object_keys jsonb_path_exists jsonb_path_match
    jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_strip_nulls jsonb_typeof
    row_to_json to_json to_jsonb
"""
_SEARCH = "plainto_tsquery phraseto_tsquery to_tsquery to_tsvector ts_headline ts_rank websearch_to_tsquery similarity"

KEYWORDS = frozenset(_KEYWORDS.split())
TYPES = frozenset(_TYPES.split())
FUNCTIONS = frozenset(
    f"{_AGGREGATES} {_WINDOWS} {_NUMBERS} {_TEXTS} {_TIMES} {_CHOICES} {_LISTS} {_JSON} {_SEARCH}".split()
)
