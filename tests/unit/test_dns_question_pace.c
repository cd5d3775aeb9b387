#include "dns/question_pace.h"
#include "unit.h"

#define S HT_NS_PER_S

static struct ht_question_pace fresh(void)
{
    struct ht_question_pace pace;
    ht_question_pace_init(&pace);
    return pace;
}

static struct ht_question_pace dead_since(int64_t now_ns)
{
    struct ht_question_pace pace = fresh();
    for (int i = 0; i < HT_QUESTIONS_SILENCE; i++)
        ht_question_pace_unanswered(&pace, now_ns);
    CU_ASSERT_TRUE(pace.dead);
    return pace;
}

static void test_answers_widen_the_window(void)
{
    struct ht_question_pace pace = fresh();
    CU_ASSERT_TRUE(ht_question_pace_allows(&pace, HT_QUESTIONS_START - 1, 0));
    CU_ASSERT_FALSE(ht_question_pace_allows(&pace, HT_QUESTIONS_START, 0));
    ht_question_pace_answered(&pace);
    CU_ASSERT_TRUE(ht_question_pace_allows(&pace, HT_QUESTIONS_START, 0));
    for (int i = 0; i < 1000; i++)
        ht_question_pace_answered(&pace);
    CU_ASSERT_TRUE(ht_question_pace_allows(&pace, HT_QUESTIONS_MOST - 1, 0));
    CU_ASSERT_FALSE(ht_question_pace_allows(&pace, HT_QUESTIONS_MOST, 0));
}

static void test_silence_narrows_it(void)
{
    struct ht_question_pace pace = fresh();
    ht_question_pace_unanswered(&pace, 0);
    CU_ASSERT_FALSE(ht_question_pace_allows(&pace, HT_QUESTIONS_START / 2, 0));
    CU_ASSERT_TRUE(ht_question_pace_allows(&pace, HT_QUESTIONS_START / 2 - 1, 0));
    for (int i = 0; i < HT_QUESTIONS_SILENCE - 2; i++)
        ht_question_pace_unanswered(&pace, 0);
    CU_ASSERT_FALSE(pace.dead);
    CU_ASSERT_TRUE(ht_question_pace_allows(&pace, HT_QUESTIONS_LEAST - 1, 0));
    CU_ASSERT_FALSE(ht_question_pace_allows(&pace, HT_QUESTIONS_LEAST, 0));
    /* One answer among them, and it begins anew. */
    ht_question_pace_answered(&pace);
    for (int i = 0; i < HT_QUESTIONS_SILENCE - 1; i++)
        ht_question_pace_unanswered(&pace, 0);
    CU_ASSERT_FALSE(pace.dead);
}

static void test_dead_servers_are_left_alone(void)
{
    struct ht_question_pace pace = dead_since(100 * S);
    CU_ASSERT_FALSE(ht_question_pace_allows(&pace, 0, 100 * S));
    CU_ASSERT_FALSE(ht_question_pace_allows(&pace, 0, 130 * S - 1));
    CU_ASSERT_TRUE(ht_question_pace_allows(&pace, 0, 130 * S));
    CU_ASSERT_FALSE(ht_question_pace_allows(&pace, 1, 130 * S));
}

/* Questions from before the pause that end within it say nothing new. */
static void test_late_silence_changes_nothing(void)
{
    struct ht_question_pace pace = dead_since(100 * S);
    for (int i = 0; i < 200; i++)
        ht_question_pace_unanswered(&pace, 105 * S);
    CU_ASSERT_EQUAL(pace.resume_ns, 130 * S);
}

static void test_pauses_double(void)
{
    static const int64_t pauses_s[] = {60, 120, 240, 300, 300};
    struct ht_question_pace pace = dead_since(0);
    for (size_t i = 0; i < sizeof pauses_s / sizeof pauses_s[0]; i++) {
        int64_t now_ns = pace.resume_ns + 5 * S;
        ht_question_pace_unanswered(&pace, now_ns);
        CU_ASSERT_TRUE(pace.dead);
        CU_ASSERT_EQUAL(pace.resume_ns, now_ns + pauses_s[i] * S);
    }
}

static void test_an_answer_revives(void)
{
    struct ht_question_pace pace = dead_since(0);
    ht_question_pace_answered(&pace);
    CU_ASSERT_FALSE(pace.dead);
    CU_ASSERT_TRUE(ht_question_pace_allows(&pace, HT_QUESTIONS_LEAST, 0));
    CU_ASSERT_FALSE(ht_question_pace_allows(&pace, HT_QUESTIONS_LEAST + 1, 0));
    pace = dead_since(0);
    CU_ASSERT_EQUAL(pace.resume_ns, HT_QUESTIONS_PAUSE_NS);
}

static const struct unit_case cases[] = {
    UNIT_CASE(test_answers_widen_the_window),
    UNIT_CASE(test_silence_narrows_it),
    UNIT_CASE(test_dead_servers_are_left_alone),
    UNIT_CASE(test_late_silence_changes_nothing),
    UNIT_CASE(test_pauses_double),
    UNIT_CASE(test_an_answer_revives),
};

UNIT_MAIN("dns/question_pace", cases)
