/* echo spin|echo: says that it has begun, and computes for ever, or sends back what it gets. */
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char byte = 'b';
    if (write(1, &byte, 1) != 1)
        return 1;
    while (argc == 2 && !strcmp(argv[1], "spin")) {}
    while (read(0, &byte, 1) == 1)
        if (write(1, &byte, 1) != 1)
            return 1;
    return 0;
}
