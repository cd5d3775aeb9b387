#include "dns/question_pace.h"

void ht_question_pace_init(struct ht_question_pace *pace)
{
    *pace = (struct ht_question_pace){.window = HT_QUESTIONS_START};
}

bool ht_question_pace_allows(const struct ht_question_pace *pace, uint32_t under_way,
                             int64_t now_ns)
{
    if (pace->dead)
        return under_way == 0 && now_ns >= pace->resume_ns;
    return under_way < pace->window;
}

void ht_question_pace_answered(struct ht_question_pace *pace)
{
    pace->silence = 0;
    pace->dead = false;
    if (pace->window < HT_QUESTIONS_MOST)
        pace->window++;
}

static void pause_from(struct ht_question_pace *pace, int64_t now_ns, int64_t pause_ns)
{
    pace->dead = true;
    pace->pause_ns = ht_time_min(pause_ns, HT_QUESTIONS_PAUSE_MOST_NS);
    pace->resume_ns = ht_time_add(now_ns, pace->pause_ns);
}

void ht_question_pace_unanswered(struct ht_question_pace *pace, int64_t now_ns)
{
    pace->window /= 2;
    if (pace->window < HT_QUESTIONS_LEAST)
        pace->window = HT_QUESTIONS_LEAST;
    pace->silence++;
    if (!pace->dead && pace->silence >= HT_QUESTIONS_SILENCE)
        pause_from(pace, now_ns, HT_QUESTIONS_PAUSE_NS);
    else if (pace->dead && now_ns >= pace->resume_ns)
        /* The one question that was to find out; those from before the pause say nothing new. */
        pause_from(pace, now_ns, pace->pause_ns * 2);
}
