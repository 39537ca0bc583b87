/*===- texts.c - operators on tensors of strings --------------------------===*/
#include "texts.h"

/** The strings of a constant. */
TSR_OPERATOR(string_constant) {
  tsr_string *out = call->results[0].data;
  uint32_t count = tsr_parameter_text_count(call, "values");
  for (uint32_t i = 0; i < count; ++i) {
    out[i] = tsr_parameter_string(call, "values", i);
  }
  return TSR_OK;
}

/** The same strings elsewhere. */
TSR_OPERATOR(string_copy) {
  const tsr_operand *x = &call->inputs[0];
  tsr_string *out = call->results[0].data;
  int64_t count = tsr_element_count(x);
  for (int64_t i = 0; i < count; ++i) {
    out[i] = tsr_text_of(x, i);
  }
  return TSR_OK;
}

TSR_OPERATOR(string_equal) {
  const tsr_operand *a = &call->inputs[0], *b = &call->inputs[1];
  const tsr_operand *result = &call->results[0];
  int64_t count = tsr_element_count(result);
  for (int64_t i = 0; i < count; ++i) {
    ((unsigned char *)result->data)[i] = (unsigned char)tsr_texts_equal(
        tsr_text_of(a, tsr_broadcast_index(a, result, i)),
        tsr_text_of(b, tsr_broadcast_index(b, result, i)));
  }
  return TSR_OK;
}

/** Elements joined pairwise. */
TSR_OPERATOR(string_concat) {
  const tsr_operand *a = &call->inputs[0], *b = &call->inputs[1];
  const tsr_operand *result = &call->results[0];
  tsr_string *out = result->data;
  int64_t count = tsr_element_count(result);
  for (int64_t i = 0; i < count; ++i) {
    tsr_string x = tsr_text_of(a, tsr_broadcast_index(a, result, i));
    tsr_string y = tsr_text_of(b, tsr_broadcast_index(b, result, i));
    char *text = tsr_new_text(call, x.bytes + y.bytes);
    if (text == NULL) {
      return TSR_WORKSPACE_TOO_SMALL;
    }
    if (x.bytes != 0) {
      memcpy(text, x.data, x.bytes);
    }
    if (y.bytes != 0) {
      memcpy(text + x.bytes, y.data, y.bytes);
    }
    out[i].data = text;
    out[i].bytes = x.bytes + y.bytes;
  }
  return TSR_OK;
}

static int is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/** Takes the next part off the text; 0 when nothing is left. Without a
 * delimiter runs of white space separate; the last part that is asked for is
 * all that is left. */
static int next_part(tsr_string *rest, tsr_string delimiter, int *done,
                     int is_last, tsr_string *part) {
  if (delimiter.bytes == 0) {
    while (rest->bytes != 0 && is_space(*rest->data)) {
      ++rest->data;
      --rest->bytes;
    }
    *part = *rest;
    size_t length = 0;
    while (length < rest->bytes && (is_last || !is_space(rest->data[length]))) {
      ++length;
    }
    part->bytes = length;
    rest->data += length;
    rest->bytes -= length;
    return length != 0;
  }
  if (*done) {
    return 0;
  }
  *part = *rest;
  for (size_t at = 0; !is_last && at + delimiter.bytes <= rest->bytes; ++at) {
    if (memcmp(rest->data + at, delimiter.data, delimiter.bytes) == 0) {
      part->bytes = at;
      rest->data += at + delimiter.bytes;
      rest->bytes -= at + delimiter.bytes;
      return 1;
    }
  }
  *done = 1;
  return 1;
}

/** Splits one text; `out` may be NULL. Returns the number of parts. */
static int64_t split(tsr_string text, tsr_string delimiter, int64_t most,
                     tsr_string *out) {
  int64_t count = 0;
  int done = text.bytes == 0 && delimiter.bytes == 0;
  tsr_string part;
  while (
      next_part(&text, delimiter, &done, most >= 0 && count == most, &part)) {
    if (out != NULL) {
      out[count] = part;
    }
    ++count;
  }
  return count;
}

/** The parts of each text, filled up with empty ones, and their number. */
TSR_OPERATOR(string_split) {
  const tsr_operand *x = &call->inputs[0], *result = &call->results[0];
  tsr_string delimiter = tsr_parameter_string(call, "delimiter", 0);
  int64_t most = tsr_parameter_integer(call, "maxsplit", -1), widest = 0;
  int64_t count = tsr_element_count(x), *numbers = call->results[1].data;
  for (int64_t i = 0; i < count; ++i) {
    numbers[i] = split(tsr_text_of(x, i), delimiter, most, NULL);
    widest = numbers[i] > widest ? numbers[i] : widest;
  }
  result->extents[x->rank] = widest;
  if (!tsr_result_fits(result)) {
    return TSR_OUTPUT_TOO_SMALL;
  }
  const tsr_string empty = {"", 0};
  for (int64_t i = 0; i < count; ++i) {
    tsr_string *row = (tsr_string *)result->data + i * widest;
    for (int64_t k = numbers[i]; k < widest; ++k) {
      row[k] = empty;
    }
    split(tsr_text_of(x, i), delimiter, most, row);
  }
  return TSR_OK;
}

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}
static char upper(char c) {
  return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static int is_stopword(const tsr_operator_call *call, tsr_string text,
                       int sensitive) {
  uint32_t count = tsr_parameter_text_count(call, "stopwords");
  for (uint32_t i = 0; i < count; ++i) {
    tsr_string word = tsr_parameter_string(call, "stopwords", i);
    size_t at = 0;
    while (word.bytes == text.bytes && at < word.bytes &&
           (word.data[at] == text.data[at] ||
            (!sensitive && lower(word.data[at]) == lower(text.data[at])))) {
      ++at;
    }
    if (word.bytes == text.bytes && at == word.bytes) {
      return 1;
    }
  }
  return 0;
}

/** A copy in lower or upper case. */
static int32_t change_case(const tsr_operator_call *call, tsr_string from,
                           const char *action, tsr_string *to) {
  *to = from;
  int raises = tsr_same_text(action, "UPPER");
  if (!raises && !tsr_same_text(action, "LOWER")) {
    return TSR_OK;
  }
  char *text = tsr_new_text(call, from.bytes);
  if (text == NULL) {
    return TSR_WORKSPACE_TOO_SMALL;
  }
  for (size_t i = 0; i < from.bytes; ++i) {
    text[i] = raises ? upper(from.data[i]) : lower(from.data[i]);
  }
  to->data = text;
  return TSR_OK;
}

/** Texts without stop words, in another case; one empty text if none is left.
 * Letters beyond ASCII keep their case. */
TSR_OPERATOR(string_normalizer) {
  const tsr_operand *x = &call->inputs[0], *result = &call->results[0];
  int sensitive = tsr_parameter_integer(call, "is_case_sensitive", 0) != 0;
  const char *action = tsr_parameter_text(call, "case_change_action", "NONE");
  int64_t count = tsr_element_count(x), kept = 0;
  for (int64_t i = 0; i < count; ++i) {
    kept += !is_stopword(call, tsr_text_of(x, i), sensitive);
  }
  result->extents[x->rank - 1] = kept == 0 ? 1 : kept;
  if (!tsr_result_fits(result)) {
    return TSR_OUTPUT_TOO_SMALL;
  }
  tsr_string *out = result->data;
  const tsr_string empty = {"", 0};
  *out = empty;
  for (int64_t i = 0; i < count; ++i) {
    tsr_string text = tsr_text_of(x, i);
    if (!is_stopword(call, text, sensitive)) {
      int32_t status = change_case(call, text, action, out++);
      if (status != TSR_OK) {
        return status;
      }
    }
  }
  return TSR_OK;
}

/** Whether key `k` of the parameters equals element i. */
static int is_key(const tsr_operator_call *call, const tsr_operand *x,
                  int64_t i, uint32_t k) {
  uint32_t count = 0;
  if (x->element_type == TSR_STRING) {
    return tsr_texts_equal(tsr_text_of(x, i),
                           tsr_parameter_string(call, "keys", k));
  }
  const int64_t *integers = tsr_parameter_integers(call, "keys", &count);
  if (integers != NULL) {
    return tsr_read_integer(x, i) == integers[k];
  }
  const double *numbers = tsr_parameter_numbers(call, "keys", &count);
  double value = tsr_read_number(x, i);
  return value == numbers[k] || (isnan(value) && isnan(numbers[k]));
}

/** Each element's value by its key; the value behind the last is for all
 * others. */
TSR_OPERATOR(label_encoder) {
  const tsr_operand *x = &call->inputs[0], *result = &call->results[0];
  uint32_t count = (uint32_t)tsr_parameter_integer(call, "count", 0), size = 0;
  int64_t elements = tsr_element_count(x);
  const double *numbers = tsr_parameter_numbers(call, "values", &size);
  const int64_t *integers = tsr_parameter_integers(call, "values", &size);
  for (int64_t i = 0; i < elements; ++i) {
    uint32_t k = 0;
    while (k < count && !is_key(call, x, i, k)) {
      ++k;
    }
    if (result->element_type == TSR_STRING) {
      ((tsr_string *)result->data)[i] = tsr_parameter_string(call, "values", k);
    } else if (integers != NULL) {
      tsr_write_integer(result, i, integers[k]);
    } else {
      tsr_write_number(result, i, numbers[k]);
    }
  }
  return TSR_OK;
}
