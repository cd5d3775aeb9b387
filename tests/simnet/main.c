#include "control.h"
#include "generate.h"
#include "options.h"
#include "run.h"
#include "topofile.h"
#include "truth.h"

#include <stdio.h>
#include <stdlib.h>

static int play(const struct options *options, struct topology *topology)
{
    struct link *link =
        options->tun ? link_open_tun(options->tun) : link_open_device(options->device);
    int status = EXIT_FAILURE;

    if (link)
        status = run(options, topology, link);
    link_close(link);
    return status;
}

static bool make_topology(struct topology *topology, const struct options *options)
{
    if (options->topology_file)
        return topofile_read(topology, options->topology_file);
    if (generate(topology, &options->plan))
        return true;
    fputs("simnet: no memory\n", stderr);
    return false;
}

int main(int argc, char **argv)
{
    struct options options;
    struct topology topology;
    int status = EXIT_SUCCESS;

    if (!options_read(&options, argc, argv))
        return 2;
    if (options.action == ACTION_HELP) {
        options_help();
        return EXIT_SUCCESS;
    }
    if (options.action == ACTION_STOP)
        return control_stop(options.control_file);
    if (options.action == ACTION_RELOAD)
        return control_reload(options.control_file);
    topology_init(&topology);
    if (!make_topology(&topology, &options))
        status = 2;
    else if (options.action == ACTION_TRUTH)
        truth_print(&topology, stdout);
    else if (options.action == ACTION_TARGETS)
        truth_print_targets(&topology, stdout);
    else
        status = play(&options, &topology);
    topology_fini(&topology);
    return fflush(stdout) == 0 ? status : EXIT_FAILURE;
}
