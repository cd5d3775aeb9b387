/* A configuration's text as a tree of libconfig's settings. */
#ifndef HT_CONFIG_TREE_H
#define HT_CONFIG_TREE_H

#include <libconfig.h>

enum ht_tree_outcome {
    HT_TREE_READ,
    HT_TREE_WRONG,    /* the tree's error tells what is wrong with the text */
    HT_TREE_NO_MEMORY /* and no tree: there is nothing to destroy */
};

/* Parses text that ht_scan has found good. Memory that is refused meanwhile does no harm, and
 * nothing is missing from a tree that was read. */
enum ht_tree_outcome ht_tree_read(config_t *tree, const char *text);

#endif
